import { type NoIndividual, whyNoIndividual } from './coverage'
import type { Step } from './draft'
import { matcherOf, subjectOf } from './pattern'
import type { Pattern, PolicyRules, Rule } from './rules'
import { isVerified, type ServerLookup, sameAddress } from './sender'

type ServerFinding = 'server-missing' | 'sender-not-verified' | 'individual-impossible'
type OrderFinding = 'unreachable' | 'same-as-earlier' | 'senders-differ'

/** A possible mistake, and the step that fixes it. Rules that are off are not checked. */
export interface Finding {
  kind: ServerFinding | OrderFinding
  /** The rule that the fix changes. */
  rule: string
  /** The earlier rule involved, or null if the finding concerns the mail server. */
  other: string | null
  /** Why individual senders cannot work. */
  because?: NoIndividual
  fix: Step
}

/** Checks each rule against its mail server and against the rules before it. */
export function lint({ rules }: PolicyRules, servers: ServerLookup): Finding[] {
  const active = rules.filter(({ enabled }) => enabled)
  return active.flatMap((rule, index) => [
    ...serverFindings(rule, servers),
    ...orderFindings(rule, active.slice(0, index), servers),
  ])
}

/** Whether a rule that is on names a mail server or a sender that cannot be used. */
export const contradictsServers = ({ rules }: PolicyRules, servers: ServerLookup): boolean =>
  rules.some((rule) => rule.enabled && serverFindings(rule, servers).length > 0)

function serverFindings(rule: Rule, servers: ServerLookup): Finding[] {
  const { id, outcome } = rule
  if (outcome.verdict === 'decline') return []
  const sending = servers(outcome.server)
  // Without a default mail server there is nothing to compare with, and the page says so.
  if (!sending && outcome.server === null) return []
  if (!sending) return [{ kind: 'server-missing', rule: id, other: null, fix: step('default-server', id) }]
  const findings: Finding[] = []
  // Whether another server accepts a sender is known only after a test.
  if (
    sending.server.type === 'exchange-online-oauth2' &&
    outcome.sender &&
    !isVerified(sending, outcome.sender.address)
  )
    findings.push({ kind: 'sender-not-verified', rule: id, other: null, fix: step('page-sender', id) })
  const because = outcome.individual ? whyNoIndividual(rule, outcome, sending) : null
  if (because)
    findings.push({ kind: 'individual-impossible', rule: id, other: null, because, fix: step('individual-off', id) })
  return findings
}

const step = (does: Step['does'], id: string, other = ''): Step => ({ does, id, other })

/**
 * Returns at most one finding, because the sender of an unreachable rule does not matter. A narrow rule before a wide one is
 * normal, so senders are compared only if neither rule covers the other.
 */
function orderFindings(rule: Rule, earlier: readonly Rule[], servers: ServerLookup): Finding[] {
  const { id } = rule
  const before = earlier.find((each) => covers(each, rule))
  if (before)
    return covers(rule, before)
      ? [{ kind: 'same-as-earlier', rule: id, other: before.id, fix: step('remove', id) }]
      : [{ kind: 'unreachable', rule: id, other: before.id, fix: step('above', id, before.id) }]
  const overlapping = earlier.find(
    (each) => meet(each, rule) && !covers(rule, each) && !haveSameSender(each, rule, servers),
  )
  return overlapping
    ? [{ kind: 'senders-differ', rule: id, other: overlapping.id, fix: step('sender-of', id, overlapping.id) }]
    : []
}

/** A rule that declines has no sender, so it never differs. */
function haveSameSender({ outcome: a }: Rule, { outcome: b }: Rule, servers: ServerLookup): boolean {
  if (a.verdict === 'decline' || b.verdict === 'decline') return true
  const address = ({ sender, server }: typeof a) => sender?.address ?? servers(server)?.server.senderAddress ?? ''
  return sameAddress(address(a), address(b))
}

/** The senders or the recipients of a rule. An empty list matches anyone. */
type Patterns = readonly Pattern[]

const under = (domain: string, above: string): boolean => domain === above || domain.endsWith(`.${above}`)
/** Whether `a` matches every address that `b` matches. For two regular expressions this is known only if they are equal. */
function patternCovers(a: Pattern, b: Pattern): boolean {
  switch (b.kind) {
    case 'address':
      return matcherOf(a)(subjectOf(b.address))
    case 'local-part':
      if (a.kind === 'local-part') return a.domain === b.domain && b.start.startsWith(a.start) && b.end.endsWith(a.end)
      return patternCovers(a, { kind: 'domain', domain: b.domain })
    case 'domain':
      return (a.kind === 'domain' && a.domain === b.domain) || (a.kind === 'domain-tree' && under(b.domain, a.domain))
    case 'domain-tree':
      return a.kind === 'domain-tree' && under(b.domain, a.domain)
    case 'regex':
      return a.kind === 'regex' && a.source === b.source
  }
}

/** Whether some address is matched by both. A regular expression is only compared with single addresses. */
function patternsMeet(a: Pattern, b: Pattern): boolean {
  if (patternCovers(a, b) || patternCovers(b, a)) return true
  if (a.kind === 'local-part' && b.kind === 'local-part')
    return (
      a.domain === b.domain &&
      (a.start.startsWith(b.start) || b.start.startsWith(a.start)) &&
      (a.end.endsWith(b.end) || b.end.endsWith(a.end))
    )
  return (
    a.kind === 'domain-tree' && b.kind === 'domain-tree' && (under(a.domain, b.domain) || under(b.domain, a.domain))
  )
}

const listCovers = (a: Patterns, b: Patterns): boolean =>
  a.length === 0 || (b.length > 0 && b.every((each) => a.some((pattern) => patternCovers(pattern, each))))

const listsMeet = (a: Patterns, b: Patterns): boolean =>
  a.length === 0 || b.length === 0 || a.some((pattern) => b.some((each) => patternsMeet(pattern, each)))

type Sides = Pick<Rule, 'senders' | 'recipients'>

/** Whether `a` matches every message that `b` matches. */
export const covers = (a: Sides, b: Sides): boolean =>
  listCovers(a.senders, b.senders) && listCovers(a.recipients, b.recipients)

/** Whether some message is matched by both. */
export const meet = (a: Sides, b: Sides): boolean =>
  listsMeet(a.senders, b.senders) && listsMeet(a.recipients, b.recipients)
