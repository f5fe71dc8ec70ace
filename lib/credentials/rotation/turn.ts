import { type AuditAction, type AuditEntry, auditEntry } from '../../audit'
import type { DirectoryFault, DirectoryRequest, KeyProof } from '../../entra/contracts'
import { type Caller, type Clock, DAY_MS, fail, HOUR_MS, type Result, SECOND_MS, SYSTEM_CALLER } from '../../kernel'
import type { CredentialsDeps } from '../deps'
import { callWithAny, type EntraServer, type GraphFault } from '../entra'
import type { StoredCredential } from '../store/credentials'
import { type Rotation, stepRotation } from '../store/rotations'
import type { Slots } from '../store/slots'
import { isLedByWorker, type RotationEnd, type RotationFaultNote, type RotationStep } from './rotation'

/** A rotation at one step, with what is in the slots now. */
export interface Turn {
  rotation: Rotation
  slots: Slots
  server: EntraServer
  /** For all calls to Graph in this step. It ends before the lease does, so that no second worker begins the same step. */
  signal: AbortSignal
}

/** Calls Graph with the current credential, or with the fallback if the current one cannot be used. */
export const callGraph = <T>(
  deps: CredentialsDeps,
  { server, slots: { current, fallback } }: Pick<Turn, 'server' | 'slots'>,
  call: Parameters<typeof callWithAny<T>>[3],
): Promise<Result<T, GraphFault>> => {
  const inUse = [current, fallback].filter((credential) => credential !== null)
  return callWithAny(deps, server, inUse, call)
}

/** Whether the rotation replaces a certificate: its calls are then signed with the key of the current certificate. */
export const usesCertificate = ({ rotation }: Pick<Turn, 'rotation'>): boolean => rotation.way === 'certificate-proof'

/** Calls Graph with a certificate in use and a request signed by its key, which is all the permission that Graph needs. */
export function callSigned<T>(
  deps: CredentialsDeps,
  { server, slots: { current, fallback, next } }: Turn,
  call: (request: DirectoryRequest, signer: KeyProof) => Promise<Result<T, DirectoryFault>>,
): Promise<Result<T, GraphFault>> {
  const stored = [current, fallback].filter((credential) => credential !== null)
  const certificates = stored.filter(({ kind }) => kind === 'certificate')
  return callWithAny(deps, server, certificates, async (request, credential) => {
    const signer = signerOf(request, credential, next)
    if (!signer) return fail({ kind: 'not-permitted', evidence: 'no certificate in use here can sign the proof' })
    return call(request, signer)
  })
}

function signerOf({ credential }: DirectoryRequest, stored: StoredCredential, next: StoredCredential | null) {
  const objectId = stored.applicationObjectId ?? next?.applicationObjectId ?? null
  if (credential.kind !== 'certificate' || stored.certificate === null || objectId === null) return null
  return { objectId, privateKey: credential.privateKey, certificate: stored.certificate }
}

/** Whether a later attempt may succeed. Any other fault is a definite refusal by Microsoft. */
export function isTemporary(fault: GraphFault): boolean {
  if (fault.kind === 'no-token') return fault.diagnosis.retry === 'yes' || fault.diagnosis.retry === 'later'
  return fault.kind === 'net' || fault.kind === 'throttled' || fault.kind === 'unavailable'
}

/** Microsoft may have done what it was asked to do. */
export const isUnanswered = ({ kind }: GraphFault): boolean => kind === 'net' || kind === 'unavailable'

/** Why a rotation waits or ends: what Graph answered, or a code of the rotation itself, with its evidence if it has one. */
export type Reason = GraphFault | RotationFaultNote | string

export function noteOf(rotation: Rotation, why: Reason): RotationFaultNote {
  if (typeof why === 'string') return plainNote(why)
  if ('code' in why) return why
  if (why.kind === 'no-token') return { ...plainNote(why.diagnosis.code, why.diagnosis.evidence), inUse: true }
  // Graph gives the same answer to every signature that it does not accept.
  const isProofRefused = why.kind === 'not-permitted' && usesCertificate({ rotation })
  const evidence = why.kind === 'net' ? why.fault.evidence : why.evidence
  return plainNote(isProofRefused ? 'proof-refused' : why.kind, evidence)
}

export const plainNote = (code: string, evidence = ''): RotationFaultNote => ({ code, evidence })

export async function endRotation(deps: CredentialsDeps, rotation: Rotation, step: RotationEnd, why: Reason) {
  const { change, details } = plannedEnd(rotation, step, noteOf(rotation, why))
  const entry = rotationEntry('rotation.end', callerOf(rotation), rotation, details, 'failed')
  await stepRotation(deps, rotation, change, entry)
}

/** Whether the worker may have added the new credential at Microsoft, where mail does not use it. */
export const isUnusedThere = (rotation: Rotation): boolean =>
  isLedByWorker(rotation) && ['adding', 'added', 'tested'].includes(rotation.step)

/** How a rotation ends. What it may have added at Microsoft has to be looked for by its name. */
export function plannedEnd(rotation: Rotation, step: RotationEnd, note: RotationFaultNote) {
  const isLeft = isUnusedThere(rotation)
  const endStep = isLeft ? 'given-up' : step
  const fault: RotationFaultNote = isLeft ? { ...note, left: true } : note
  return {
    change: { step: endStep, fault },
    details: { step: endStep, reason: note.code, left: isLeft ? rotation.label : null },
  }
}

/** The revision that a rotation makes belongs to the person who began it; the worker carries it out. */
export const callerOf = ({ startedBy }: Rotation): Caller => ({ actor: startedBy, origin: SYSTEM_CALLER.origin })

export const rotationEntry = (
  action: Extract<AuditAction, `rotation.${string}`>,
  caller: Caller,
  { id, mailServerId, way }: Pick<Rotation, 'id' | 'mailServerId' | 'way'>,
  details: AuditEntry['details'],
  result?: AuditEntry['result'],
): AuditEntry => auditEntry(action, caller, `rotation:${id}`, { way, mailServer: mailServerId, ...details }, result)

const PAUSE_MIN_MS = 15 * SECOND_MS
const PAUSE_MAX_MS = 6 * HOUR_MS
/** Until then mail does not depend on the new credential. If it takes longer, a person should do it by hand. */
const ABORT_AFTER_MS = DAY_MS
/** Mail does not wait for a removal, so there is more time. After that what could not be removed at Microsoft is left to a person. */
export const REMOVE_MS_MAX = 7 * DAY_MS

/** Half the time that has passed: pauses grow without a counter, which would have to survive a crash. */
export function pauseUntil(since: Date, now: Date, retryAfterMs: number | null = null): Date {
  const grown = Math.min(PAUSE_MAX_MS, (now.getTime() - since.getTime()) / 2)
  return new Date(now.getTime() + Math.max(PAUSE_MIN_MS, grown, Math.min(retryAfterMs ?? 0, PAUSE_MAX_MS)))
}

/** Schedules the same step, or an earlier one, for later. What Microsoft did in the failed attempt is looked up then. */
export async function pauseRotation(
  deps: CredentialsDeps,
  rotation: Rotation,
  why: Reason,
  { since = rotation.startedAt, step = rotation.step }: { since?: Date; step?: RotationStep } = {},
): Promise<void> {
  const retryAfterMs = typeof why === 'object' && 'retryAfterMs' in why ? why.retryAfterMs : null
  const nextAttemptAt = pauseUntil(since, deps.clock.now(), retryAfterMs)
  await stepRotation(deps, rotation, { nextAttemptAt, fault: noteOf(rotation, why), step })
}

export const isLate = (
  { clock }: { clock: Clock },
  { startedAt }: Pick<Rotation, 'startedAt'>,
  afterMs = ABORT_AFTER_MS,
): boolean => clock.now().getTime() - startedAt.getTime() > afterMs

/** After a fault before anything was added at Microsoft. */
export async function retryOrEnd(deps: CredentialsDeps, rotation: Rotation, fault: GraphFault): Promise<void> {
  if (!isTemporary(fault)) return endRotation(deps, rotation, 'failed', fault)
  if (isLate(deps, rotation)) return endRotation(deps, rotation, 'given-up', fault)
  await pauseRotation(deps, rotation, fault)
}
