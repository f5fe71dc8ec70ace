import { bind } from '../kernel/bind'
import { currentPolicy } from './current'
import type { PolicyDeps } from './deps'
import { restore } from './restore'
import { save } from './save'
import { simulate } from './simulate'
import { listRevisions } from './store'
import { needsAttention, preview, view } from './view'

/**
 * The policy rules: which sender and which mail server a message gets. Delivery decides with
 *
 *     const { policy } = await service.current()          // compiled once for each revision
 *     decide(policy, servers, { originator, recipients }) // one Decision for each recipient
 */
export const createPolicyService = (deps: PolicyDeps) => ({
  ...bind(deps, { view, needsAttention, preview, save, restore, simulate }),
  ...bind(deps.db, { revisions: listRevisions }),
  current: currentPolicy(deps.db),
})
export type PolicyService = ReturnType<typeof createPolicyService>

export { compile, type Decision, decide, type Policy } from './decide'
export type { Example, Impact } from './recent'
export { NO_RULES, type PolicyRules } from './rules'
export type { KnownSender, Sending, Servers } from './sender'
export type { SimulatedDecision, SimulationError } from './simulate'
export type { StoredRules } from './store'
export type { DraftPreview, RulesView } from './view'
