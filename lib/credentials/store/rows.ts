import type { Prisma } from '../../db/generated/client'
import type { Actor } from '../../kernel/actor'
import { credentialKind } from '../../kernel/credential-kind'
import type { SealedText } from '../../kernel/sealing'
import type { Credential, Slot } from '../credential'
import type { Probe, Rotation, RotationFaultNote, RotationStep, RotationWay, StoredCredential, Watch } from '../ports'

type CredentialRow = Prisma.CredentialGetPayload<object>

/** Each member by name: what is not named here stays in the database. */
export const credentialOf = (row: CredentialRow): Credential => ({
  id: row.id,
  mailServerId: row.mailServerId,
  kind: credentialKind(row.kind),
  slot: slotOf(row.slot),
  held: row.sealed !== null,
  keyId: row.keyId,
  hint: row.hint,
  applicationObjectId: row.applicationObjectId,
  certificate: row.certificate,
  thumbprint: row.thumbprint,
  note: row.note,
  owners: row.owners,
  startsAt: row.startsAt,
  expiresAt: row.expiresAt,
  expirySource: sourceOf(row.expirySource),
  expiryVersion: row.expiryVersion,
  foundExpiresAt: row.foundExpiresAt,
  foundAt: row.foundAt,
  acceptedAt: row.acceptedAt,
  refusedAt: row.refusedAt,
  refusedCode: row.refusedCode,
  currentSince: row.currentSince,
  replacedAt: row.replacedAt,
  fallbackUntil: row.fallbackUntil,
  removedAt: row.removedAt,
  createdBy: row.createdBy,
  createdAt: row.createdAt,
})

export const storedCredentialOf = (row: CredentialRow): StoredCredential => ({
  ...credentialOf(row),
  sealed: row.sealed as SealedText | null,
  kid: row.kid,
  digest: row.digest,
})

const slotOf = (text: string): Slot => (text === 'current' || text === 'next' ? text : 'previous')
const sourceOf = (text: string | null): Credential['expirySource'] =>
  text === 'typed' || text === 'graph' || text === 'certificate' ? text : null

export const probeOf = (row: Prisma.CredentialProbeGetPayload<object>): Probe => ({
  at: row.at,
  reason: row.reason as Probe['reason'],
  outcome: row.outcome === 'accepted' || row.outcome === 'refused' ? row.outcome : 'unknown',
  diagnosisCode: row.diagnosisCode,
  evidence: row.evidence,
  durationMs: row.durationMs,
})

export const rotationOf = (row: Prisma.RotationGetPayload<object>): Rotation => ({
  id: row.id,
  mailServerId: row.mailServerId,
  way: row.way as RotationWay,
  step: row.step as RotationStep,
  label: row.label,
  nextId: row.nextId,
  previousId: row.previousId,
  automatic: row.automatic,
  startedBy: row.startedBy as unknown as Actor,
  startedAt: row.startedAt,
  updatedAt: row.updatedAt,
  endedAt: row.endedAt,
  nextTryAt: row.nextTryAt,
  fault: row.fault as unknown as RotationFaultNote | null,
})

export const watchOf = (row: Prisma.CredentialWatchGetPayload<object>): Watch => ({
  thresholdsDays: [...row.thresholdsDays].sort((a, b) => b - a),
  inventory: row.inventory,
  rotateDaysBefore: row.rotateDaysBefore,
  version: row.version,
  updatedBy: row.updatedBy,
  updatedAt: row.updatedAt,
})
