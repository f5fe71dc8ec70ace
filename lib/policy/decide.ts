import { remembered } from '../kernel'
import { type Matcher, matcherOf, type Subject, subjectOf } from './pattern'
import type { Mailbox, PolicyRules, RuleOutcome, Verdict } from './rules'
import { type Identity, type ServerLookup, senderFor } from './sender'

/** Rules with their regular expressions compiled, which is done once for each revision. */
export interface Policy {
  rules: readonly CompiledRule[]
  otherwise: Verdict
}

export interface CompiledRule {
  id: string
  name: string
  enabled: boolean
  /** Null matches anyone. */
  matchesSender: Matcher | null
  matchesRecipient: Matcher | null
  outcome: RuleOutcome
}

/** The message to decide about. Its addresses have been parsed by lib/validation/email-address. */
export interface MailToDecide {
  /** Null for a message of the console itself, such as a reminder. No rule applies to it. */
  originator: Mailbox | null
  recipients: readonly string[]
}

/** Rules are numbered from 1, in the order in which they are evaluated. */
export interface RuleRef {
  number: number
  id: string
  name: string
}

/** A rule that was evaluated before the deciding one, and why it did not match. The sender is checked before the recipient. */
export interface PassedOver extends RuleRef {
  why: 'off' | 'sender' | 'recipient'
}

export interface Decision {
  recipient: string
  /** The rule that matched, the default action (`last-line`), or that the message has no originator. */
  by: ({ kind: 'rule' } & RuleRef) | { kind: 'last-line' } | { kind: 'no-originator' }
  /** The mail server that the rule picks, or null for the default one. */
  server: string | null
  /** The sender to use. Null if the message is not sent to this recipient; that is final, no other sender is used instead. */
  identity: Identity | null
  /** The picked mail server is not known here, so the sender is not known either. The message is not sent now, and nothing is final. */
  undecided: boolean
  passedOver: readonly PassedOver[]
}

export function compile({ rules, otherwise }: PolicyRules): Policy {
  return {
    otherwise,
    rules: rules.map(({ senders, recipients, ...rule }) => ({
      ...rule,
      matchesSender: anyOf(senders.map(matcherOf)),
      matchesRecipient: anyOf(recipients.map(matcherOf)),
    })),
  }
}

const anyOf = (matchers: readonly Matcher[]): Matcher | null =>
  matchers.length === 0 ? null : (subject) => matchers.some((matches) => matches(subject))

/**
 * Decides for each recipient, in their order, whether the message is sent, by which mail server and from which sender. Pure and
 * total: the same arguments always give the same answer, and every message gets one. Both delivery and the sender simulator use it.
 * Recipients with an equal `identity` can share one SMTP transaction.
 */
export function decide(policy: Policy, servers: ServerLookup, { originator, recipients }: MailToDecide): Decision[] {
  if (originator === null) {
    const sent = allow(servers, null, null)
    return recipients.map((recipient) => ({ recipient, by: { kind: 'no-originator' }, ...sent, passedOver: [] }))
  }
  const sender = subjectOf(originator.address)
  // The sender is the same for every recipient, so each rule matches it only once.
  const matchesSender = remembered((rule: CompiledRule) => rule.matchesSender === null || rule.matchesSender(sender))
  return recipients.map((recipient) => {
    const to = subjectOf(recipient)
    const passedOver: PassedOver[] = []
    for (const [index, rule] of policy.rules.entries()) {
      const { id, name, outcome } = rule
      const ref = { number: index + 1, id, name }
      const why = whyNoMatch(rule, matchesSender, to)
      if (why === null) {
        const consequence = outcome.verdict === 'decline' ? DECLINED : allow(servers, outcome, originator)
        return { recipient, by: { kind: 'rule', ...ref }, passedOver, ...consequence }
      }
      passedOver.push({ ...ref, why })
    }
    const { server, identity, undecided } = policy.otherwise === 'decline' ? DECLINED : allow(servers, null, originator)
    return { recipient, by: { kind: 'last-line' }, server, identity, undecided, passedOver }
  })
}

/** What a decision means for the message to this recipient. */
type Consequence = Pick<Decision, 'server' | 'identity' | 'undecided'>
const DECLINED: Consequence = { server: null, identity: null, undecided: false }

function allow(servers: ServerLookup, rule: Parameters<typeof senderFor>[1], originator: Mailbox | null): Consequence {
  const server = rule?.server ?? null
  const sending = servers(server)
  return sending
    ? { server, identity: senderFor(sending, rule, originator), undecided: false }
    : { server, identity: null, undecided: true }
}

function whyNoMatch(rule: CompiledRule, matchesSender: (rule: CompiledRule) => boolean, to: Subject) {
  if (!rule.enabled) return 'off'
  if (!matchesSender(rule)) return 'sender'
  return rule.matchesRecipient === null || rule.matchesRecipient(to) ? null : 'recipient'
}
