import { auditEntry } from '../audit/entry'
import { refuse } from '../audit/store/log'
import type { Caller } from '../kernel/actor'
import type { Result } from '../kernel/result'
import type { PolicyDeps } from './deps'
import { type RulesConflict, serverErrors, writeNext } from './next-revision'
import { loadRevision } from './store'

/** `server-gone`: one of the rules names a mail server that has been removed. */
export type RestoreRulesError = RulesConflict | { kind: 'no-revision' | 'unreadable' | 'server-gone' }

/**
 * Goes back to an earlier revision by saving it again as the next one.
 *
 * @param input.restored the revision to go back to
 * @param input.number the revision that the caller looked at
 */
export async function restore(
  deps: PolicyDeps,
  caller: Caller,
  { restored, number }: { restored: number; number: number },
): Promise<Result<{ number: number }, RestoreRulesError>> {
  const revision = await loadRevision(deps.db, restored)
  const refused = (kind: 'no-revision' | 'unreadable' | 'server-gone') =>
    refuse(deps, auditEntry('policy.restore', caller, 'policy', { restored }), { kind })
  if (!revision) return refused('no-revision')
  if (!revision.rules) return refused('unreadable')
  if ((await serverErrors(deps, revision.rules)).length > 0) return refused('server-gone')
  return writeNext(deps, caller, { action: 'policy.restore', number, rules: revision.rules, details: { restored } })
}
