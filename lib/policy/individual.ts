import { matcherOf, subjectOf } from './pattern'
import type { Rule, RuleOutcome } from './rules'
import { individualObstacle, type Sending, sameAddress, verifiedSenders } from './sender'

/** Why no person that a rule is about can be the sender of its mail. */
export type NoIndividual = NonNullable<ReturnType<typeof individualObstacle>>

/**
 * Whether a rule's box *Allow use of individual sender addresses* can do anything. At Exchange it can as soon as one address that
 * the rule is about is proven, besides those that such mail leaves as anyway: the rule's own sender and the mail server's.
 * Null: some person can be the sender.
 */
export function whyNoIndividual(
  { senders }: Pick<Rule, 'senders'>,
  { sender: fixed }: Pick<Extract<RuleOutcome, { verdict: 'allow' }>, 'sender'>,
  sending: Sending,
): NoIndividual | null {
  if (sending.server.type === 'smtp') return sending.server.allowIndividualSenders ? null : 'page-forbids'
  const matchers = senders.map(matcherOf)
  const isAbout = (address: string) => matchers.length === 0 || matchers.some((matches) => matches(subjectOf(address)))
  const [someone] = verifiedSenders(sending).filter(
    (address) => !(fixed && sameAddress(address, fixed.address)) && isAbout(address),
  )
  return someone === undefined ? 'not-verified' : individualObstacle(sending, someone)
}
