import type { PolicyFields } from './draft'
import { parseAlone } from './fields'
import { matcherOf, subjectOf } from './pattern'
import type { PolicyRules, Rule, RuleOutcome } from './rules'
import { individualObstacle, type Sending, type ServerLookup, sameAddress, verifiedSenders } from './sender'

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

/** Whether a rule's box for individual senders can have an effect, by the rule's id. A rule whose patterns do not parse is absent. */
type Coverage = Readonly<Record<string, boolean>>

/**
 * Whether individual senders can work at this mail server for a rule that is about everyone and names no sender. Only Exchange checks the
 * sender. Without a saved mail server there is nothing to check a rule against.
 */
export const canUseIndividualSenders = (sending: Sending | null): boolean =>
  sending?.server.type !== 'exchange-online-oauth2' || verifiedSenders(sending).length > 0

function isCovered({ senders, outcome }: Rule, servers: ServerLookup): boolean {
  if (outcome.verdict === 'decline') return true
  const sending = servers(outcome.server)
  return sending === null || whyNoIndividual({ senders }, outcome, sending) !== 'not-verified'
}

/** Looks at each rule as if it allowed mail. */
export function coverageOf({ rules }: PolicyFields, servers: ServerLookup): Coverage {
  const entries = rules.flatMap((fields): [string, boolean][] => {
    const rule = parseAlone(fields, { verdict: 'allow', senderName: '' })
    return rule ? [[fields.id, isCovered(rule, servers)]] : []
  })
  return Object.fromEntries(entries)
}

/** Rules whose box was just ticked without effect. One that was ticked before is left alone: its senders may have lost their verification. */
export function uncovered({ rules }: PolicyRules, before: PolicyRules | null, servers: ServerLookup): Rule[] {
  const isTicked = ({ outcome }: Rule) => outcome.verdict === 'allow' && outcome.individual
  const tickedBefore = new Set((before?.rules ?? []).filter(isTicked).map(({ id }) => id))
  return rules.filter((rule) => isTicked(rule) && !tickedBefore.has(rule.id) && !isCovered(rule, servers))
}

/**
 * What Exchange last answered about the senders of rules, by the id of their rule; `at`, in ISO 8601, is null if it was not asked. A rule
 * without a sender is absent, and so is one whose mail server does not check senders.
 */
export function ruleSenders({ rules }: PolicyFields, servers: ServerLookup) {
  const entries = rules.flatMap(({ id, verdict, senderAddress, server }) => {
    const address = senderAddress.trim().toLowerCase()
    const sending = verdict === 'allow' && address !== '' ? servers(server || null) : null
    if (sending?.server.type !== 'exchange-online-oauth2' || sameAddress(address, sending.server.senderAddress))
      return []
    const result = sending.senders.get(address)?.lastResult ?? null
    const outcome = result?.outcome ?? ('unverified' as const)
    return [[id, { outcome, at: result?.at.toISOString() ?? null }] as const]
  })
  return Object.fromEntries(entries)
}
