import { type Matcher, matcherOf, type Subject, subjectOf } from './pattern'
import type { Mailbox, PolicyRules, RuleOutcome, Verdict } from './rules'
import { type Identity, type Servers, senderFor } from './sender'

/** Rules ready to decide, regular expressions compiled. Made once for each revision by `compile`. */
export interface Policy {
  rules: readonly CompiledRule[]
  otherwise: Verdict
}

interface CompiledRule {
  id: string
  name: string
  enabled: boolean
  /** Null: anyone. */
  matchesSender: Matcher | null
  matchesRecipient: Matcher | null
  outcome: RuleOutcome
}

/** What is decided about. Addresses as lib/kernel/email-address parses them. */
export interface MailToDecide {
  /** Who caused it; null: nobody did, such as a reminder or another message of the console itself, and no rule is asked. */
  originator: Mailbox | null
  recipients: readonly string[]
}

/** Rules are counted from 1, in the order in which they are asked. */
export interface RuleRef {
  number: number
  id: string
  name: string
}

/** A rule that was asked before the one that decided, and why it did not match. `sender` comes before `recipient`. */
export interface PassedOver extends RuleRef {
  why: 'off' | 'sender' | 'recipient'
}

export interface Decision {
  recipient: string
  /** What decided: the rule that won, the last line, or that nobody caused the mail. */
  by: ({ kind: 'rule' } & RuleRef) | { kind: 'last-line' } | { kind: 'no-originator' }
  /** By which mail server, as the rule picks it; null: the default one. */
  server: string | null
  /** As whom it leaves; null: it does not leave, which is final for this recipient and never turned into another identity. */
  identity: Identity | null
  /** Its mail server is not known here, so nobody can tell as whom: it does not leave from here, and nothing is final. */
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
 * Decides for each recipient, in their order, whether the mail leaves, by which mail server and as whom. Pure, total and
 * deterministic: the same policy, servers and mail always give the same answer, and every mail gets one. Delivery calls it at each attempt, the
 * simulator calls it for a look; recipients with equal `identity` can share one transaction.
 */
export function decide(policy: Policy, servers: Servers, { originator, recipients }: MailToDecide): Decision[] {
  if (originator === null) {
    const end = leaving(servers, null, null)
    return recipients.map((recipient) => ({ recipient, by: { kind: 'no-originator' }, ...end, passedOver: [] }))
  }
  const sender = subjectOf(originator.address)
  // Asked for the first recipient that gets so far, then known for the others.
  const known = new Map<CompiledRule, boolean>()
  const matchesSender = (rule: CompiledRule): boolean => {
    const found = known.get(rule) ?? (rule.matchesSender === null || rule.matchesSender(sender))
    known.set(rule, found)
    return found
  }
  return recipients.map((recipient) =>
    decideOne(policy, servers, originator, recipient, (rule, to) => whyNot(rule, matchesSender, to)),
  )
}

function decideOne(
  { rules, otherwise }: Policy,
  servers: Servers,
  originator: Mailbox,
  recipient: string,
  ask: (rule: CompiledRule, to: Subject) => PassedOver['why'] | null,
): Decision {
  const to = subjectOf(recipient)
  const passedOver: PassedOver[] = []
  for (const [index, rule] of rules.entries()) {
    const { id, name, outcome } = rule
    const ref = { number: index + 1, id, name }
    const why = ask(rule, to)
    if (why === null) {
      const end = outcome.verdict === 'decline' ? DECLINED : leaving(servers, outcome, originator)
      return { recipient, by: { kind: 'rule', ...ref }, ...end, passedOver }
    }
    passedOver.push({ ...ref, why })
  }
  const end = otherwise === 'decline' ? DECLINED : leaving(servers, null, originator)
  return { recipient, by: { kind: 'last-line' }, ...end, passedOver }
}

type End = Pick<Decision, 'server' | 'identity' | 'undecided'>
const DECLINED: End = { server: null, identity: null, undecided: false }

function leaving(servers: Servers, rule: Parameters<typeof senderFor>[1], originator: Mailbox | null): End {
  const server = rule?.server ?? null
  const sending = servers(server)
  return sending
    ? { server, identity: senderFor(sending, rule, originator), undecided: false }
    : { server, identity: null, undecided: true }
}

function whyNot(
  rule: CompiledRule,
  matchesSender: (rule: CompiledRule) => boolean,
  to: Subject,
): PassedOver['why'] | null {
  if (!rule.enabled) return 'off'
  if (!matchesSender(rule)) return 'sender'
  return rule.matchesRecipient === null || rule.matchesRecipient(to) ? null : 'recipient'
}
