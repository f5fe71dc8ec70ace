import { ok, type Result } from '../../kernel/result'
import type { CredentialsDeps } from '../deps'
import { stepRotation } from '../store/rotations'
import { deleteNext } from '../store/slots'
import { callerOf, type GraphFault, isTemporary, noteOf, plainNote, rotationEntry, type Turn } from './graph-call'
import { clearLeftovers, removeAtMicrosoft } from './leftovers'
import { pause } from './pause'
import type { RotationFaultNote } from './rotation'

/** What is known about the new credential at Microsoft. */
type Presence = 'there' | 'maybe-there' | 'not-there'

/** Abandons the next credential, which mail never used. It is removed at Microsoft first, because otherwise it would be forgotten there. */
export async function abort(
  deps: CredentialsDeps,
  turn: Turn,
  why: RotationFaultNote,
  presence: Presence,
): Promise<void> {
  const { rotation, slots } = turn
  const { clock, crash } = deps
  if (!slots.next) return
  const removed = await clearAtMicrosoft(deps, turn, slots.next.keyId, presence)
  if (!removed.ok && isTemporary(removed.error)) {
    const note = noteOf(removed.error, clock)
    await pause(deps, rotation, { since: rotation.startedAt, fault: removed.error, note })
    return
  }
  crash('graph:given-up-removed')
  // A person is asked to look only where the key may really be there.
  const fault = removed.ok ? why : { ...plainNote('key-left', clock), evidence: why.evidence }
  await stepRotation(deps, rotation, { fault })
  const details = { step: 'given-up', reason: why.code, credential: slots.next.id, keyId: slots.next.keyId }
  const left = removed.ok ? null : rotation.label
  await deleteNext(deps, {
    mailServerId: rotation.mailServerId,
    nextId: slots.next.id,
    audit: rotationEntry('rotation.end', callerOf(rotation), rotation, { ...details, left }, 'failed'),
  })
}

async function clearAtMicrosoft(
  deps: CredentialsDeps,
  turn: Turn,
  keyId: string | null,
  presence: Presence,
): Promise<Result<unknown, GraphFault>> {
  if (keyId !== null) return removeAtMicrosoft(deps, turn, keyId)
  // The key's id was lost with an answer. It can only be found by its label, if the application may read itself.
  return presence === 'not-there' ? ok(undefined) : clearLeftovers(deps, turn, null)
}
