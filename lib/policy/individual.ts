import { matcherOf, subjectOf } from './pattern'
import type { Rule, RuleOutcome } from './rules'
import { individualObstacle, type Sending, sameAddress, verifiedSenders } from './sender'

/** Why no person that a rule matches can be the sender of its messages. */
export type NoIndividual = NonNullable<ReturnType<typeof individualObstacle>>

/**
 * Why a rule's box *Allow use of individual sender addresses* has no effect, or null if it has one. At Exchange it has one as soon
 * as the rule matches a verified sender other than the two that its messages use anyway, its own and the mail server's.
 */
export function whyNoIndividual(
  { senders }: Pick<Rule, 'senders'>,
  { sender: fixed }: Pick<Extract<RuleOutcome, { verdict: 'allow' }>, 'sender'>,
  sending: Sending,
): NoIndividual | null {
  if (sending.server.type === 'smtp') return sending.server.allowIndividualSenders ? null : 'page-forbids'
  const matchers = senders.map(matcherOf)
  const isMatched = (address: string) =>
    matchers.length === 0 || matchers.some((matches) => matches(subjectOf(address)))
  const [candidate] = verifiedSenders(sending).filter(
    (address) => !(fixed && sameAddress(address, fixed.address)) && isMatched(address),
  )
  return candidate === undefined ? 'not-verified' : individualObstacle(sending, candidate)
}
