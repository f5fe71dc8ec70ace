import type { PolicyRules, Rule } from './rules'
import { sameAddress } from './sender'

/** Whether a rule's choice of mail server, null for the default one, means a certain mail server. */
export type MeansServer = (picked: string | null) => boolean

/** Rules of this mail server, on or off, that send as this address. */
export const rulesSendingAs = ({ rules }: PolicyRules, address: string, meansServer: MeansServer): Rule[] =>
  rules.filter(
    ({ outcome }) =>
      outcome.verdict === 'allow' &&
      meansServer(outcome.server) &&
      outcome.sender &&
      sameAddress(outcome.sender.address, address),
  )

/** Replaces a sender's address in every rule of this mail server. The display names stay. */
export function replaceSender(
  policy: PolicyRules,
  { from, to, meansServer }: { from: string; to: string; meansServer: MeansServer },
): PolicyRules {
  const affected = new Set(rulesSendingAs(policy, from, meansServer).map(({ id }) => id))
  return {
    ...policy,
    rules: policy.rules.map((rule) =>
      affected.has(rule.id) && rule.outcome.verdict === 'allow' && rule.outcome.sender
        ? { ...rule, outcome: { ...rule.outcome, sender: { ...rule.outcome.sender, address: to } } }
        : rule,
    ),
  }
}
