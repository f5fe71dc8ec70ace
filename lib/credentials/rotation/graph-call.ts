import type { AuditAction, AuditEntry } from '../../audit/entry'
import type { Diagnosis } from '../../diagnosis'
import type { DirectoryFault, DirectoryRequest } from '../../entra/contracts'
import type { Caller } from '../../kernel/actor'
import type { Clock } from '../../kernel/clock'
import { fail, type Result } from '../../kernel/result'
import type { CredentialsDeps } from '../deps'
import { diagnosed, type EntraServer, openedForEntra } from '../entra'
import type { Rotation, RotationFaultNote, RotationStep, Slots, StoredCredential } from '../ports'
import { isCredentialRefusal } from '../rejection'
import { pauseUntil } from './pause'

/** A rotation as its stepper has it, with what is in the slots now. */
export interface Turn {
  rotation: Rotation
  slots: Slots
  server: EntraServer
  /** For all that is asked of Graph in this turn: shorter than the lease, so that no second worker begins meanwhile. */
  signal: AbortSignal
}

export type AskFault = Exclude<DirectoryFault, { kind: 'token' }> | { kind: 'no-token'; diagnosis: Diagnosis }

/**
 * Asks Graph by the current credential, or by the fallback where Entra refuses that one: without a token nothing was done, so
 * asking again does nothing twice.
 */
export async function askGraph<T>(
  { vault, clock }: CredentialsDeps,
  { server, slots }: Pick<Turn, 'server' | 'slots'>,
  ask: (request: DirectoryRequest, by: StoredCredential) => Promise<Result<T, DirectoryFault>>,
): Promise<Result<T, AskFault>> {
  let last: Diagnosis | null = null
  for (const credential of [slots.current, slots.fallback]) {
    if (!credential) continue
    const opened = await openedForEntra(vault, server, credential)
    if (!opened.ok) return fail({ kind: 'no-token', diagnosis: diagnosed(opened.error, clock) })
    const asked = await ask({ ...server.exchange, credential: opened.value }, credential)
    if (asked.ok) return asked
    if (asked.error.kind !== 'token') return fail(asked.error)
    last = diagnosed(asked.error.fault, clock)
    if (!isCredentialRefusal(last.code)) break
  }
  if (!last) throw new Error('a rotation through Graph without any credential')
  return fail({ kind: 'no-token', diagnosis: last })
}

/** Whether time may mend it. Anything else is Microsoft's clear no. */
export function mayPass(fault: AskFault): boolean {
  if (fault.kind === 'no-token') return fault.diagnosis.retry !== 'no'
  return fault.kind === 'net' || fault.kind === 'throttled' || fault.kind === 'unavailable'
}

export function noteOf(fault: AskFault, { now }: Pick<Clock, 'now'>): RotationFaultNote {
  const at = now().toISOString()
  if (fault.kind === 'no-token') return { code: fault.diagnosis.code, evidence: fault.diagnosis.evidence, at }
  return { code: fault.kind, evidence: fault.kind === 'net' ? fault.fault.evidence : fault.evidence, at }
}

export const plainNote = (code: string, { now }: Pick<Clock, 'now'>): RotationFaultNote => ({
  code,
  evidence: '',
  at: now().toISOString(),
})

/** Tries the same step, or an earlier one, again later; of what Microsoft did meanwhile it makes sure by looking. */
export async function pause(
  { store, clock }: CredentialsDeps,
  rotation: Rotation,
  { since, fault, note, step }: { since: Date; fault?: AskFault; note: RotationFaultNote; step?: RotationStep },
): Promise<void> {
  const asked = fault?.kind === 'throttled' || fault?.kind === 'unavailable' ? fault.retryAfterMs : null
  const change = { nextTryAt: pauseUntil(since, clock.now(), asked), fault: note, ...(step && { step }) }
  await store.stepRotation(rotation, change, null)
}

/** Its last row. With a fault at `done`: the new credential is in use, and the former one is left to a person. */
export async function end(
  { store, clock }: CredentialsDeps,
  rotation: Rotation,
  step: Extract<RotationStep, 'done' | 'failed' | 'given-up'>,
  fault: RotationFaultNote | null,
): Promise<void> {
  const details = { step, reason: fault?.code ?? null }
  const entry = rotationEntry('rotation.end', callerOf(rotation), rotation, details, fault ? 'failed' : 'done')
  await store.stepRotation(rotation, { step, fault, nextTryAt: null, endedAt: clock.now() }, entry)
}

/** Whoever began it is whose revision it makes; it is the clock that does it. */
export const callerOf = ({ startedBy }: Rotation): Caller => ({
  actor: startedBy,
  origin: { address: null, requestId: 'clock' },
})

export const rotationEntry = (
  action: Extract<AuditAction, `rotation.${string}`>,
  { actor, origin }: Caller,
  { id, mailServerId, way }: Pick<Rotation, 'id' | 'mailServerId' | 'way'>,
  details: AuditEntry['details'],
  result: AuditEntry['result'] = 'done',
): AuditEntry => ({
  action,
  actor,
  origin,
  result,
  subject: `rotation:${id}`,
  details: { way, mailServer: mailServerId, ...details },
})
