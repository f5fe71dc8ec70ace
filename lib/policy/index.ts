import type { Db } from '../db'
import { bind } from '../kernel'
import { compile, type Policy } from './decide'
import type { PolicyDeps } from './deps'
import { NO_RULES } from './rules'
import { restore, restoreMayMoveMail, save, saveMayMoveMail } from './save'
import { simulate } from './simulate'
import { listRevisions, loadRules, newestRevision } from './store'
import { needsAttention, preview, view } from './view'

/**
 * The policy rules: which sender and which mail server a message gets. Delivery decides with
 *
 *     const current = await service.current()                     // compiled once for each revision; null if it cannot be read
 *     decide(current.policy, servers, { originator, recipients }) // one Decision for each recipient
 */
export const createPolicyService = (deps: PolicyDeps) => ({
  ...bind(deps, { view, needsAttention, preview, save, saveMayMoveMail, restore, restoreMayMoveMail, simulate }),
  ...bind(deps.db, { revisions: listRevisions }),
  current: currentPolicy(deps.db),
})
export type PolicyService = ReturnType<typeof createPolicyService>

export { compile, type Decision, decide, type Policy } from './decide'
export type { Example, Impact } from './recent'
export { NO_RULES, type PolicyRules } from './rules'
export type { SimulatedDecision, SimulationError } from './simulate'
export type { DraftPreview, RulesView } from './view'

/** Reads the saved rules for delivery and compiles their regular expressions once for each revision, not once for each attempt. */
export function currentPolicy(db: Db) {
  let compiled: { number: number; policy: Policy } | null = null
  /**
   * The rules that apply now, ready for `decide`. Null if they cannot be read: then no message with an originator may be sent.
   *
   * @param newest number of the newest revision, if the caller has just read it
   */
  return async (newest?: number): Promise<{ number: number; policy: Policy } | null> => {
    if (compiled && compiled.number >= (newest ?? (await newestRevision(db)))) return compiled
    const saved = await loadRules(db)
    if (saved && !saved.rules) return null
    compiled = { number: saved?.number ?? 0, policy: compile(saved?.rules ?? NO_RULES) }
    return compiled
  }
}
