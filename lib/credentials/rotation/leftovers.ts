import type { DirectoryCredential } from '../../entra/contracts'
import { ok, type Result } from '../../kernel'
import type { CredentialsDeps } from '../deps'
import type { GraphFault } from '../entra'
import { matchOf } from '../inventory/discover'
import type { StoredCredential } from '../store/credentials'
import { deleteNext } from '../store/slots'
import type { RotationFaultNote } from './rotation'
import {
  callerOf,
  callGraph,
  callSigned,
  isLate,
  isTemporary,
  noteOf,
  pauseRotation,
  REMOVE_MS_MAX,
  type Reason,
  rotationEntry,
  type Turn,
  usesCertificate,
} from './turn'

/**
 * Removes at Microsoft what has this rotation's label, except the stored credential.
 *
 * @param stored null if none is stored. If it is stored but cannot be identified at Microsoft, nothing is removed
 * @returns the application's other secrets, or certificates, that are left
 */
export async function clearLeftovers(
  deps: CredentialsDeps,
  turn: Turn,
  stored: StoredCredential | null,
): Promise<Result<DirectoryCredential[], GraphFault>> {
  const read = await callGraph(deps, turn, (request) => deps.directory.application(request, turn.signal))
  if (!read.ok) return read
  const kind = usesCertificate(turn) ? 'certificate' : 'secret'
  const credentials = read.value.credentials.filter((credential) => credential.kind === kind)
  const match = stored && matchOf(stored, null, credentials)
  const isSure = match === null || (match.kind === 'found' && match.by !== 'hint' && match.by !== 'dates')
  if (!isSure) return ok(credentials)
  const storedKeyId = match?.kind === 'found' ? match.credential.keyId : null
  const leftovers = credentials.filter(
    ({ displayName, keyId }) => displayName === turn.rotation.label && keyId !== storedKeyId,
  )
  for (const { keyId } of leftovers) {
    const removed = await removeAtMicrosoft(deps, turn, keyId)
    if (!removed.ok) return removed
  }
  return ok(credentials.filter((credential) => !leftovers.includes(credential)))
}

/** A key that is already gone counts as removed. */
export async function removeAtMicrosoft(
  deps: CredentialsDeps,
  turn: Turn,
  keyId: string,
): Promise<Result<void, GraphFault>> {
  const { directory } = deps
  const removed = usesCertificate(turn)
    ? await callSigned(deps, turn, (request, signer) =>
        directory.removeKey(request, { keyId, proof: signer }, turn.signal),
      )
    : await callGraph(deps, turn, (request) => directory.removePassword(request, keyId, turn.signal))
  return removed.ok || removed.error.kind === 'not-found' ? ok(undefined) : removed
}

/** Whether the new credential may be at Microsoft. */
type Presence = 'maybe-there' | 'not-there'

/** Abandons the next credential, which mail never used. It is removed at Microsoft first, because otherwise it would be forgotten there. */
export async function abandonNext(deps: CredentialsDeps, turn: Turn, why: Reason, presence: Presence): Promise<void> {
  const { rotation, slots } = turn
  if (!slots.next) return
  const { keyId } = slots.next
  let removed: Result<unknown, GraphFault> = ok(undefined)
  if (keyId !== null) removed = await removeAtMicrosoft(deps, turn, keyId)
  // The key's id was lost with an answer. It can only be found by its label, if the application may read itself.
  else if (presence !== 'not-there') removed = await clearLeftovers(deps, turn, null)
  if (!removed.ok && isTemporary(removed.error) && !isLate(deps, rotation, REMOVE_MS_MAX))
    return pauseRotation(deps, rotation, removed.error)
  const note = noteOf(rotation, why)
  // A person is asked to look only where the key may really be there.
  const fault: RotationFaultNote = removed.ok ? note : { ...note, left: true }
  const details = { step: 'given-up', reason: note.code, credential: slots.next.id, keyId }
  const left = removed.ok ? null : rotation.label
  await deleteNext(deps, {
    mailServerId: rotation.mailServerId,
    nextId: slots.next.id,
    fault,
    audit: rotationEntry('rotation.end', callerOf(rotation), rotation, { ...details, left }, 'failed'),
  })
}
