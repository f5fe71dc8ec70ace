import type { Caller } from '../kernel/actor'
import { fail, type Result } from '../kernel/result'
import { uncovered } from './coverage'
import { type PolicyDeps, sendingBy } from './deps'
import type { PolicyFields } from './draft'
import { parsePolicy, type RuleError } from './fields'
import { type RulesConflict, serverErrors, writeNext } from './next-revision'
import type { PolicyRules } from './rules'
import { loadRules } from './store'

export type SaveRulesError = RulesConflict | { kind: 'invalid'; validationErrors: RuleError[] }

/**
 * Saves a draft as the next revision, together with its audit entry.
 *
 * @param input.number the revision that the draft is based on; 0 if nothing was saved yet
 * @returns `conflict` if someone else saved in between
 */
export async function save(
  deps: PolicyDeps,
  caller: Caller,
  { fields, number }: { fields: PolicyFields; number: number },
): Promise<Result<{ number: number }, SaveRulesError>> {
  const parsed = parsePolicy(fields)
  if (!parsed.ok) return fail({ kind: 'invalid', validationErrors: parsed.error })
  const rules = parsed.value
  const validationErrors = [...(await serverErrors(deps, rules)), ...(await checkboxErrors(deps, rules))]
  if (validationErrors.length > 0) return fail({ kind: 'invalid', validationErrors })
  const written = await writeNext(deps, caller, { action: 'policy.save', number, rules, details: {} })
  if (written.ok || written.error.kind === 'conflict') return written as Result<{ number: number }, RulesConflict>
  return fail({ kind: 'invalid', validationErrors: await serverErrors(deps, rules) })
}

/** Rules that begin to allow individual senders although no address that they match could be one. */
async function checkboxErrors({ db, mailServers }: PolicyDeps, rules: PolicyRules): Promise<RuleError[]> {
  const [saved, servers] = await Promise.all([loadRules(db), mailServers.list()])
  return uncovered(rules, saved?.rules ?? null, sendingBy(servers)).map(({ id }) => ({
    rule: id,
    field: 'individual',
    validationError: { key: 'rule.individual' },
  }))
}
