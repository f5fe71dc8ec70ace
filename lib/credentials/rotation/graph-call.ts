import { type AuditAction, type AuditEntry, auditEntry } from '../../audit/entry'
import type { Diagnosis } from '../../diagnosis'
import type { DirectoryFault, DirectoryRequest } from '../../entra/contracts'
import { type Caller, SYSTEM_CALLER } from '../../kernel/actor'
import type { Clock } from '../../kernel/clock'
import { fail, type Result } from '../../kernel/result'
import type { CredentialsDeps } from '../deps'
import { diagnosed, type EntraServer, openedForEntra } from '../entra'
import { isCredentialRefusal } from '../rejection'
import type { StoredCredential } from '../store/credentials'
import { type Rotation, stepRotation } from '../store/rotations'
import type { Slots } from '../store/slots'
import type { RotationFaultNote, RotationStep } from './rotation'

/** A rotation at one step, with what is in the slots now. */
export interface Turn {
  rotation: Rotation
  slots: Slots
  server: EntraServer
  /** For all calls to Graph in this step. It ends before the lease does, so that no second worker begins the same step. */
  signal: AbortSignal
}

export type GraphFault = Exclude<DirectoryFault, { kind: 'token' }> | { kind: 'no-token'; diagnosis: Diagnosis }

/**
 * Calls Graph with the current credential, or with the fallback if Entra refuses the current one: without a token nothing was
 * done, so the second call does nothing twice.
 */
export async function callGraph<T>(
  { vault, clock }: CredentialsDeps,
  { server, slots }: Pick<Turn, 'server' | 'slots'>,
  call: (request: DirectoryRequest, credential: StoredCredential) => Promise<Result<T, DirectoryFault>>,
): Promise<Result<T, GraphFault>> {
  let refusal: Diagnosis | null = null
  for (const credential of [slots.current, slots.fallback]) {
    if (!credential) continue
    const opened = await openedForEntra(vault, server, credential)
    if (!opened.ok) return fail({ kind: 'no-token', diagnosis: diagnosed(opened.error, clock) })
    const answer = await call({ ...server.exchange, credential: opened.value }, credential)
    if (answer.ok) return answer
    if (answer.error.kind !== 'token') return fail(answer.error)
    refusal = diagnosed(answer.error.fault, clock)
    if (!isCredentialRefusal(refusal.code)) break
  }
  if (!refusal) throw new Error('a rotation through Graph without any credential')
  return fail({ kind: 'no-token', diagnosis: refusal })
}

/** Whether a later attempt may succeed. Any other fault is a definite refusal by Microsoft. */
export function isTemporary(fault: GraphFault): boolean {
  if (fault.kind === 'no-token') return fault.diagnosis.retry !== 'no'
  return fault.kind === 'net' || fault.kind === 'throttled' || fault.kind === 'unavailable'
}

export function noteOf(fault: GraphFault, { now }: Pick<Clock, 'now'>): RotationFaultNote {
  const at = now().toISOString()
  if (fault.kind === 'no-token') return { code: fault.diagnosis.code, evidence: fault.diagnosis.evidence, at }
  return { code: fault.kind, evidence: fault.kind === 'net' ? fault.fault.evidence : fault.evidence, at }
}

export const plainNote = (code: string, { now }: Pick<Clock, 'now'>): RotationFaultNote => ({
  code,
  evidence: '',
  at: now().toISOString(),
})

/** Ends a rotation. `done` with a fault means that the new credential is in use and the previous one is left to a person. */
export async function end(
  deps: CredentialsDeps,
  rotation: Rotation,
  step: Extract<RotationStep, 'done' | 'failed' | 'given-up'>,
  fault: RotationFaultNote | null,
): Promise<void> {
  const details = { step, reason: fault?.code ?? null }
  const entry = rotationEntry('rotation.end', callerOf(rotation), rotation, details, fault ? 'failed' : 'done')
  await stepRotation(deps, rotation, { step, fault, nextAttemptAt: null, endedAt: deps.clock.now() }, entry)
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
