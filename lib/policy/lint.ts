import { covers, meet } from './cover'
import type { Step } from './draft'
import { type NoIndividual, whyNoIndividual } from './individual'
import type { PolicyRules, Rule } from './rules'
import { isVerified, type Servers, sameAddress } from './sender'

/** What is likely not meant, and the step that mends it. Rules that are off are not looked at. */
export interface Finding {
  kind:
    | 'server-missing'
    | 'sender-not-verified'
    | 'unreachable'
    | 'same-as-earlier'
    | 'senders-differ'
    | 'individual-impossible'
  /** The rule that is mended. */
  rule: string
  /** The earlier rule that it is about; null where it is about the mail server. */
  other: string | null
  /** Why individual senders cannot work: no address that the rule is about is proven, or the mail server's page forbids them. */
  because?: NoIndividual
  mend: Step
}

/** Each rule is held against its own mail server. */
export function lint({ rules }: PolicyRules, servers: Servers): Finding[] {
  const active = rules.filter(({ enabled }) => enabled)
  return active.flatMap((rule, at) => [
    ...ofServer(rule, servers),
    ...(againstEarlier(rule, active.slice(0, at), servers) ?? []),
  ])
}

function ofServer(rule: Rule, servers: Servers): Finding[] {
  const { id, outcome } = rule
  if (outcome.verdict === 'decline') return []
  const sending = servers(outcome.server)
  // Without a default one there is nothing to compare with, and the page says so.
  if (!sending && outcome.server === null) return []
  if (!sending) return [{ kind: 'server-missing', rule: id, other: null, mend: step('default-server', id) }]
  const found: Finding[] = []
  // Other servers accept what they accept; nobody can tell without a test.
  if (
    sending.server.type === 'exchange-online-oauth2' &&
    outcome.sender &&
    !isVerified(sending, outcome.sender.address)
  )
    found.push({ kind: 'sender-not-verified', rule: id, other: null, mend: step('page-sender', id) })
  const because = outcome.individual ? whyNoIndividual(rule, outcome, sending) : null
  if (because)
    found.push({ kind: 'individual-impossible', rule: id, other: null, because, mend: step('individual-off', id) })
  return found
}

const step = (does: Step['does'], id: string, other = ''): Step => ({ does, id, other })

/**
 * One finding at most: a rule that no mail reaches has no sender to compare. A narrow rule before a wide one is how rules are
 * written, so senders are compared only where neither covers the other.
 */
function againstEarlier(rule: Rule, earlier: readonly Rule[], servers: Servers): Finding[] {
  const { id } = rule
  const before = earlier.find((each) => covers(each, rule))
  if (before)
    return covers(rule, before)
      ? [{ kind: 'same-as-earlier', rule: id, other: before.id, mend: step('remove', id) }]
      : [{ kind: 'unreachable', rule: id, other: before.id, mend: step('above', id, before.id) }]
  const beside = earlier.find((each) => meet(each, rule) && !covers(rule, each) && !sendAlike(each, rule, servers))
  return beside ? [{ kind: 'senders-differ', rule: id, other: beside.id, mend: step('sender-of', id, beside.id) }] : []
}

/** Declining rules send as nobody. */
function sendAlike({ outcome: a }: Rule, { outcome: b }: Rule, servers: Servers): boolean {
  if (a.verdict === 'decline' || b.verdict === 'decline') return true
  const address = ({ sender, server }: typeof a) => sender?.address ?? servers(server)?.server.senderAddress ?? ''
  return sameAddress(address(a), address(b))
}
