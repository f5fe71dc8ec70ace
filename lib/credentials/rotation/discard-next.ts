import type { Caller } from '../../kernel/actor'
import { fail, type Result } from '../../kernel/result'
import { credentialEntry } from '../audit-entry'
import type { CredentialsDeps } from '../deps'
import type { Conflict } from '../store/one-step'
import { deleteNext } from '../store/slots'

/** Discards the prepared credential, which mail never used: its secret is deleted for good. */
export async function discardNext(
  deps: CredentialsDeps,
  caller: Caller,
  { mailServerId, nextId }: { mailServerId: string; nextId: string },
): Promise<Result<void, { kind: Conflict }>> {
  const audit = credentialEntry('credential.discard', caller, nextId, {})
  const discarded = await deleteNext(deps, { mailServerId, nextId, audit })
  if (discarded.ok) return discarded
  const details = { reason: discarded.error }
  await deps.audit.record(credentialEntry('credential.discard', caller, nextId, details, 'refused'))
  return fail({ kind: discarded.error })
}
