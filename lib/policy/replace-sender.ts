import type { PolicyRules, Rule } from './rules'
import { sameAddress } from './sender'

/** Of which mail server a rule's pick is; null picks the default one. */
export type OfServer = (picked: string | null) => boolean

/** Rules of this mail server, on or off, that name this address as their own sender. */
export const rulesSendingAs = ({ rules }: PolicyRules, address: string, isOf: OfServer): Rule[] =>
  rules.filter(
    ({ outcome }) =>
      outcome.verdict === 'allow' &&
      isOf(outcome.server) &&
      outcome.sender &&
      sameAddress(outcome.sender.address, address),
  )

/** The rules with a sender's new address in every rule of this mail server that named the old one; their names stay. */
export function bringAlong(
  policy: PolicyRules,
  { from, to, isOf }: { from: string; to: string; isOf: OfServer },
): PolicyRules {
  const affected = new Set(rulesSendingAs(policy, from, isOf).map(({ id }) => id))
  return {
    ...policy,
    rules: policy.rules.map((rule) =>
      affected.has(rule.id) && rule.outcome.verdict === 'allow' && rule.outcome.sender
        ? { ...rule, outcome: { ...rule.outcome, sender: { ...rule.outcome.sender, address: to } } }
        : rule,
    ),
  }
}
