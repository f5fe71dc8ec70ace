import { refuse } from '../../audit/store/log'
import type { Caller } from '../../kernel/actor'
import type { Result } from '../../kernel/result'
import { credentialEntry } from '../audit-entry'
import type { CredentialsDeps } from '../deps'
import type { Conflict } from '../store/conflict'
import { deleteNext } from '../store/slots'

/** Discards the prepared credential, which mail never used: its secret is deleted for good. */
export async function discardNext(
  deps: CredentialsDeps,
  caller: Caller,
  { mailServerId, nextId }: { mailServerId: string; nextId: string },
): Promise<Result<void, { kind: Conflict }>> {
  const audit = credentialEntry('credential.discard', caller, nextId)
  const discarded = await deleteNext(deps, { mailServerId, nextId, audit })
  return discarded.ok ? discarded : refuse(deps, audit, { kind: discarded.error })
}
