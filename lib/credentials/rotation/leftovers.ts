import type { DirectoryCredential, DirectoryFault, DirectoryRequest, KeyProof } from '../../entra/contracts'
import { fail, ok, type Result } from '../../kernel'
import type { CredentialsDeps } from '../deps'
import { callWithAny, type GraphFault } from '../entra'
import { matchOf } from '../inventory/discover'
import type { StoredCredential } from '../store/credentials'
import { deleteNext } from '../store/slots'
import { callerOf, callGraph, isTemporary, noteOf, pause, rotationEntry, type Turn } from './graph-call'
import type { RotationFaultNote } from './rotation'

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
  const { directory } = deps
  const read = await callGraph(deps, turn, (request) => directory.application(request, turn.signal))
  if (!read.ok) return read
  const kind = usesCertificate(turn) ? 'certificate' : 'secret'
  const credentials = read.value.credentials.filter((credential) => credential.kind === kind)
  const match = stored && matchOf(stored, null, credentials)
  const isSure = match === null || (match.kind === 'found' && match.by !== 'hint' && match.by !== 'dates')
  if (!isSure) return ok(credentials)
  const storedKeyId = match?.kind === 'found' ? match.match.keyId : null
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

/** The note for the fault of a signed call: Graph gives the same answer to every signature that it does not accept. */
export function noteOfSigned(fault: GraphFault, clock: CredentialsDeps['clock']): RotationFaultNote {
  const note = noteOf(fault, clock)
  return fault.kind === 'not-permitted' ? { ...note, code: 'proof-refused' } : note
}

/** What is known about the new credential at Microsoft. */
type Presence = 'there' | 'maybe-there' | 'not-there'

/** Abandons the next credential, which mail never used. It is removed at Microsoft first, because otherwise it would be forgotten there. */
export async function abort(deps: CredentialsDeps, turn: Turn, why: RotationFaultNote, presence: Presence) {
  const { rotation, slots } = turn
  const { clock } = deps
  if (!slots.next) return
  const removed = await clearAtMicrosoft(deps, turn, slots.next.keyId, presence)
  if (!removed.ok && isTemporary(removed.error)) {
    const note = noteOf(removed.error, clock)
    await pause(deps, rotation, { since: rotation.startedAt, fault: removed.error, note })
    return
  }
  // A person is asked to look only where the key may really be there.
  const fault: RotationFaultNote = removed.ok ? why : { ...why, left: true }
  const details = { step: 'given-up', reason: why.code, credential: slots.next.id, keyId: slots.next.keyId }
  const left = removed.ok ? null : rotation.label
  await deleteNext(deps, {
    mailServerId: rotation.mailServerId,
    nextId: slots.next.id,
    fault,
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
