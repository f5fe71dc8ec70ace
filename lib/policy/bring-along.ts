import type { PolicyRules, Rule } from './rules'
import { sameAddress } from './sender'

/** Rules, on or off, that name this address as their own sender. */
export const rulesSendingAs = ({ rules }: PolicyRules, address: string): Rule[] =>
  rules.filter(
    ({ outcome }) => outcome.verdict === 'allow' && outcome.sender && sameAddress(outcome.sender.address, address),
  )

/** The rules with a sender's new address in every rule that named the old one; their names stay. */
export function bringAlong(policy: PolicyRules, from: string, to: string): PolicyRules {
  const affected = new Set(rulesSendingAs(policy, from).map(({ id }) => id))
  return {
    ...policy,
    rules: policy.rules.map((rule) =>
      affected.has(rule.id) && rule.outcome.verdict === 'allow' && rule.outcome.sender
        ? { ...rule, outcome: { ...rule.outcome, sender: { ...rule.outcome.sender, address: to } } }
        : rule,
    ),
  }
}
