/**
 * Who may send as whom, to whom. For delivery:
 *
 *     const policy = compile(rules)                       // once for each revision; NO_RULES until one is saved
 *     decide(policy, servers, { originator, recipients }) // one Decision for each recipient
 */
export { compile, type Decision, decide, type Policy } from './decide'
export { NO_RULES, type PolicyRules, serversNamed } from './rules'
export type { KnownSender, Sending, Servers } from './sender'
