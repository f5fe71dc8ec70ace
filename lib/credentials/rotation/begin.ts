import { X509Certificate } from 'node:crypto'
import { type AuditEntry, auditEntry, refuse } from '../../audit'
import { type Caller, DAY_MS, fail, newId, ok, type Result, SYSTEM_CALLER } from '../../kernel'
import { isGuid } from '../../validation/entra-identity'
import type { CredentialsDeps } from '../deps'
import { isEntraServer } from '../entra'
import type { Conflict, StoredCredential } from '../store/credentials'
import {
  insertRotation,
  listRotations,
  openRotation,
  type Rotation,
  type RotationChange,
  readRotation,
  stepRotation,
} from '../store/rotations'
import { listServers } from '../store/servers'
import { readSlots } from '../store/slots'
import { readWatch } from '../store/watch-settings'
import { advanceDueRotations } from './advance'
import { isHeld, isLedByWorker } from './rotation'
import { plainNote, plannedEnd, rotationEntry } from './turn'

/**
 * Replaces the current secret or certificate through Microsoft Graph, as far as that is possible at once; the worker does the rest.
 *
 * @param input.objectId object ID of the app registration, as typed; the rotation of a certificate needs it. Empty if the known one
 *   is to be used
 */
export async function rotateNow(
  deps: CredentialsDeps,
  caller: Caller,
  input: { mailServerId: string; objectId?: string },
): Promise<Result<Rotation, RotateFault>> {
  const begun = await beginRotation(deps, caller, { ...input, automatic: false })
  if (!begun.ok) return begun
  await advanceDueRotations(deps)
  const rotation = await readRotation(deps.db, begun.value.rotationId)
  return rotation ? ok(rotation) : fail({ kind: 'no-server' })
}

type SlotsFault = 'no-server' | 'not-entra' | 'no-credential' | 'next-exists' | 'rotation-open'
/** It has nothing that could be replaced, or is a certificate that is not valid now, which can authorise no successor. */
type CredentialFault = 'not-replaceable' | 'certificate-expired'
type ObjectIdFault = 'object-id-invalid' | 'object-id-is-client-id'
type RotateFault = { kind: SlotsFault | CredentialFault | ObjectIdFault }

/**
 * Begins the replacement of the current secret or certificate through Microsoft Graph. What is stored here before Microsoft is asked
 * is enough to finish it after a crash at any point; `advanceDueRotations` takes it from step to step.
 */
async function beginRotation(
  deps: CredentialsDeps,
  caller: Caller,
  { mailServerId, automatic, objectId = '' }: { mailServerId: string; automatic: boolean; objectId?: string },
): Promise<Result<{ rotationId: string }, RotateFault>> {
  const id = newId()
  const now = deps.clock.now()
  const slots = await readSlots(deps, mailServerId, now)
  const way = slots?.current?.kind === 'certificate' ? 'certificate-proof' : 'graph'
  const entry = (details: Parameters<typeof rotationEntry>[3]) =>
    rotationEntry('rotation.start', caller, { id, mailServerId, way }, { automatic, ...details })
  const refused = (kind: RotateFault['kind']) => refuse(deps, entry({}), { kind })
  if (!slots) return refused('no-server')
  const { server, current, next } = slots
  if (!isEntraServer(server)) return refused('not-entra')
  if (!current) return refused('no-credential')
  const reason = whyNotReplaceable(current, now)
  if (reason) return refused(reason)
  if (next) return refused('next-exists')
  const typedId = parseObjectId(objectId, server.exchange.clientId)
  if (!typedId.ok) return refused(typedId.error)
  const label = `Postroom ${id}`
  const applicationObjectId = typedId.value
  const begun = await insertRotation(
    deps,
    { id, mailServerId, previousId: current.id, way, label, automatic, startedBy: caller.actor, nextAttemptAt: now },
    applicationObjectId,
    entry({ label, former: current.id, ...(applicationObjectId && { applicationObjectId }) }),
  )
  return begun.ok ? ok({ rotationId: id }) : refused(begun.error.kind)
}

function whyNotReplaceable({ kind, expiresAt }: StoredCredential, now: Date): CredentialFault | null {
  if (kind === 'client-secret') return null
  if (kind !== 'certificate') return 'not-replaceable'
  return expiresAt !== null && expiresAt <= now ? 'certificate-expired' : null
}

/** @returns null if nothing was typed, so that the object ID that is already known is used */
function parseObjectId(typed: string, clientId: string): Result<string | null, ObjectIdFault> {
  const text = typed.trim().toLowerCase()
  if (text === '') return ok(null)
  if (!isGuid(text)) return fail('object-id-invalid')
  return text === clientId.toLowerCase() ? fail('object-id-is-client-id') : ok(text)
}

/** Lets the worker continue a replacement that a restore of a backup held (`lib/db/backup/hold-unfinished.ts`). */
export async function resume(deps: CredentialsDeps, caller: Caller, which: OnPage): Promise<Result<void, Conflict>> {
  const resumed = await stepOpen(deps, caller, which, {
    entry: ['rotation.step', { resumed: true }],
    isFit: isHeld,
    change: () => ({ nextAttemptAt: deps.clock.now() }),
    // If two people continue it at the same time, one of them does. The other would end the lease under which its step runs.
    still: { nextAttemptAt: null },
  })
  if (resumed.ok) await advanceDueRotations(deps)
  return resumed
}

/** Stops a replacement for which Microsoft has given no secret yet, for example because Graph cannot be reached. */
export const stop = (deps: CredentialsDeps, caller: Caller, which: OnPage): Promise<Result<void, Conflict>> =>
  stepOpen(deps, caller, which, {
    entry: ['rotation.end', { reason: 'stopped' }],
    isFit: ({ step, nextId }) => step === 'asking' || (step === 'adding' && nextId === null),
    change: (rotation) => plannedEnd(rotation, 'given-up', plainNote('stopped', deps.clock)).change,
  })

/** The rotation that the person saw. A newer one of the same mail server stays as it is. */
type OnPage = { mailServerId: string; rotationId: string }

/** Changes the open rotation of a mail server as a person wants it, if it still is as the person saw it. */
async function stepOpen(
  deps: CredentialsDeps,
  caller: Caller,
  { mailServerId, rotationId }: OnPage,
  step: {
    entry: [action: 'rotation.step' | 'rotation.end', details: AuditEntry['details']]
    isFit(rotation: Rotation): boolean
    change(rotation: Rotation): RotationChange
    still?: Parameters<typeof stepRotation>[4]
  },
): Promise<Result<void, Conflict>> {
  const rotation = await openRotation(deps.db, mailServerId)
  const [action, details] = step.entry
  if (rotation?.id !== rotationId) {
    const entry = auditEntry(action, caller, null, { mailServer: mailServerId, ...details })
    return refuse(deps, entry, { kind: 'changed' })
  }
  const change = step.change(rotation)
  const left = change.fault?.left ? rotation.label : null
  const entry = rotationEntry(action, caller, rotation, { step: change.step ?? rotation.step, left, ...details })
  if (!step.isFit(rotation)) return refuse(deps, entry, { kind: 'changed' })
  const stepped = await stepRotation(deps, rotation, change, entry, step.still)
  return stepped.ok ? stepped : refuse(deps, entry, stepped.error)
}

/** Enough to include the past automatic rotations of one credential. */
const ROTATIONS_READ = 20
/** After that many failures a person has to fix the cause. Reminders of the expiry are sent as usual. */
const AUTOMATIC_ATTEMPTS_MAX = 5

/**
 * Begins the rotation of every secret, and of every certificate made here, that expires soon, if the administrator wants that. Each
 * failure doubles the pause before the next attempt, starting with a day; mail uses the current credential until it expires.
 */
export async function startDue(deps: CredentialsDeps): Promise<void> {
  const { db, clock } = deps
  const { rotateDaysBefore } = await readWatch(db)
  if (rotateDaysBefore === null) return
  for (const { id } of await listServers(deps)) {
    const now = clock.now()
    const slots = await readSlots(deps, id, now)
    const current = slots?.current
    if (!current || slots.next || !expiresSoon(current, rotateDaysBefore, now)) continue
    // One that only waits for a person to remove its previous credential ends with the next.
    const open = await openRotation(db, id)
    if (open && isLedByWorker(open)) continue
    if (!mayRetry(current, await listRotations(db, id, ROTATIONS_READ), now)) continue
    await beginRotation(deps, SYSTEM_CALLER, { mailServerId: id, automatic: true })
  }
}

/** An expired certificate cannot authorise its successor. */
const expiresSoon = (credential: StoredCredential, daysBefore: number, now: Date): boolean => {
  const at = renewalTime(credential, daysBefore)
  const { kind, expiresAt } = credential
  return at !== null && now >= at && (kind === 'client-secret' || (expiresAt !== null && now < expiresAt))
}

/**
 * The time from which a credential is renewed automatically, or null if never. It is never within the first half of its life: a policy may
 * allow less than the configured number of days, and the credential would be rotated every day.
 */
export function renewalTime(
  credential: Pick<StoredCredential, 'kind' | 'certificate' | 'expiresAt' | 'startsAt' | 'currentSince' | 'createdAt'>,
  daysBefore: number,
): Date | null {
  const { kind, certificate, expiresAt, startsAt, currentSince, createdAt } = credential
  if (expiresAt === null || !(kind === 'client-secret' || isSelfSigned(certificate))) return null
  const from = (startsAt ?? currentSince ?? createdAt).getTime()
  const half = from + (expiresAt.getTime() - from) / 2
  return new Date(Math.max(half, expiresAt.getTime() - daysBefore * DAY_MS))
}

/** An administrator chose a certificate authority for a reason, so its certificate is not replaced by a self-signed one. */
function isSelfSigned(pem: string | null): boolean {
  if (pem === null) return false
  const certificate = new X509Certificate(pem)
  // `checkIssued` is not usable: it requires the right to sign certificates, which ours do not have.
  return certificate.verify(certificate.publicKey)
}

/** @param rotations of its mail server, newest first */
function mayRetry(
  { currentSince, createdAt }: Pick<StoredCredential, 'currentSince' | 'createdAt'>,
  rotations: readonly Rotation[],
  now: Date,
): boolean {
  const since = currentSince ?? createdAt
  const failed = rotations.filter(
    ({ automatic, step, startedAt }) => automatic && startedAt >= since && (step === 'failed' || step === 'given-up'),
  )
  const [latest] = failed
  if (!latest) return true
  const pauseMs = DAY_MS * 2 ** (failed.length - 1)
  return (
    failed.length < AUTOMATIC_ATTEMPTS_MAX && now.getTime() >= (latest.endedAt ?? latest.updatedAt).getTime() + pauseMs
  )
}
