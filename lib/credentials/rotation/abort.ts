import { ok, type Result } from '../../kernel/result'
import type { CredentialsDeps } from '../deps'
import type { RotationFaultNote } from '../ports'
import { type AskFault, callerOf, mayPass, noteOf, pause, plainNote, rotationEntry, type Turn } from './graph-call'
import { clearLeftovers, removeAtMicrosoft } from './leftovers'

/** Mail never used it. At Microsoft it is removed first: nobody would look for it there. */
export async function abort(
  deps: CredentialsDeps,
  turn: Turn,
  why: RotationFaultNote,
  at: 'there' | 'maybe-there' | 'not-there',
): Promise<void> {
  const { rotation, slots } = turn
  const { store, clock, crash } = deps
  if (!slots.next) return
  const removed = await clearedAtMicrosoft(deps, turn, slots.next.keyId, at)
  if (!removed.ok && mayPass(removed.error)) {
    const note = noteOf(removed.error, clock)
    await pause(deps, rotation, { since: rotation.startedAt, fault: removed.error, note })
    return
  }
  crash('graph:given-up-removed')
  // Said only where it may be there: told of, and neither seen nor removed.
  const fault = removed.ok ? why : { ...plainNote('key-left', clock), evidence: why.evidence }
  await store.stepRotation(rotation, { fault }, null)
  const details = { step: 'given-up', reason: why.code, credential: slots.next.id, keyId: slots.next.keyId }
  const left = removed.ok ? null : rotation.label
  await store.discardNext({
    mailServerId: rotation.mailServerId,
    nextId: slots.next.id,
    audit: rotationEntry('rotation.end', callerOf(rotation), rotation, { ...details, left }, 'failed'),
  })
}

async function clearedAtMicrosoft(
  deps: CredentialsDeps,
  turn: Turn,
  keyId: string | null,
  at: 'there' | 'maybe-there' | 'not-there',
): Promise<Result<unknown, AskFault>> {
  if (keyId !== null) return removeAtMicrosoft(deps, turn, keyId)
  // Its id was lost with an answer: only where the application may read itself is it seen by its label.
  return at === 'not-there' ? ok(undefined) : clearLeftovers(deps, turn, null)
}
