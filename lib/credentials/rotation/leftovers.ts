import type { DirectoryCredential, DirectoryFault, DirectoryRequest, KeyProof } from '../../entra/contracts'
import { fail, ok, type Result } from '../../kernel/result'
import type { CredentialsDeps } from '../deps'
import { matchOf } from '../inventory/match'
import type { RotationFaultNote, StoredCredential } from '../ports'
import { type AskFault, askGraph, noteOf, type Turn } from './graph-call'

/**
 * Removes at Microsoft what carries this rotation's label, but the one that is stored.
 *
 * @param kept the stored one; null: none is. Where it is not seen there, nothing is removed for its sake.
 * @returns the application's other secrets, or certificates, that are left.
 */
export async function clearLeftovers(
  deps: CredentialsDeps,
  turn: Turn,
  kept: StoredCredential | null,
): Promise<Result<DirectoryCredential[], AskFault>> {
  const { directory, crash } = deps
  const read = await askGraph(deps, turn, (request) => directory.application(request, turn.signal))
  if (!read.ok) return read
  const kind = usesCertificateAssertion(turn) ? 'certificate' : 'secret'
  const own = read.value.credentials.filter((credential) => credential.kind === kind)
  const stored = kept && matchOf(kept, null, own)
  const isSure = stored === null || (stored.kind === 'found' && stored.by !== 'hint' && stored.by !== 'dates')
  if (!isSure) return ok(own)
  const keptKeyId = stored?.kind === 'found' ? stored.match.keyId : null
  const leftovers = own.filter(({ displayName, keyId }) => displayName === turn.rotation.label && keyId !== keptKeyId)
  for (const { keyId } of leftovers) {
    const removed = await removeAtMicrosoft(deps, turn, keyId)
    if (!removed.ok) return removed
    crash('graph:leftover-removed')
  }
  return ok(own.filter((credential) => !leftovers.includes(credential)))
}

/** One that is gone already is as good as removed. */
export async function removeAtMicrosoft(
  deps: CredentialsDeps,
  turn: Turn,
  keyId: string,
): Promise<Result<void, AskFault>> {
  const { directory } = deps
  const removed = usesCertificateAssertion(turn)
    ? await askWithAssertion(deps, turn, (request, proof) =>
        directory.removeKey(request, { keyId, proof }, turn.signal),
      )
    : await askGraph(deps, turn, (request) => directory.removePassword(request, keyId, turn.signal))
  return removed.ok || removed.error.kind === 'not-found' ? ok(undefined) : removed
}

export const usesCertificateAssertion = ({ rotation }: Pick<Turn, 'rotation'>): boolean =>
  rotation.way === 'certificate-proof'

/** By a certificate that the application has now, and signed by its key: that is all the permission it takes. */
export function askWithAssertion<T>(
  deps: CredentialsDeps,
  turn: Turn,
  ask: (request: DirectoryRequest, proof: KeyProof) => Promise<Result<T, DirectoryFault>>,
): Promise<Result<T, AskFault>> {
  return askGraph(deps, turn, async (request, by) => {
    const proof = assertionBy(request, by, turn.slots.next)
    if (!proof) return fail({ kind: 'not-permitted', evidence: 'no certificate in use here can sign the proof' })
    return ask(request, proof)
  })
}

function assertionBy(
  { credential }: DirectoryRequest,
  by: StoredCredential,
  next: StoredCredential | null,
): KeyProof | null {
  const objectId = by.applicationObjectId ?? next?.applicationObjectId ?? null
  if (credential.kind !== 'certificate' || by.certificate === null || objectId === null) return null
  return { objectId, privateKey: credential.privateKey, certificate: by.certificate }
}

/** Of what was asked by proof: Graph says the same of every proof that it does not take. */
export function noteOfAssertion(fault: AskFault, clock: CredentialsDeps['clock']): RotationFaultNote {
  const note = noteOf(fault, clock)
  return fault.kind === 'not-permitted' ? { ...note, code: 'proof-refused' } : note
}
