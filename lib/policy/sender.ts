import type { MailServerSettings } from '../kernel'
import type { Mailbox, PolicyRules, Rule, RuleOutcome } from './rules'

/** The part of a mail server's settings that decides about senders. With OAuth 2.0 the sender is also the mailbox that logs in. */
export interface SendingServer
  extends Pick<MailServerSettings, 'type' | 'senderAddress' | 'senderName' | 'allowIndividualSenders'> {
  /** Only for type `smtp`. Null if there is no login. */
  username?: string | null
}

export interface Sending {
  server: SendingServer
  /** Exchange senders other than the server's own, by address in lower case. */
  senders: ReadonlyMap<string, KnownSender>
}

/**
 * How another address is used as the sender: with `send-as` the server's own mailbox logs in and may send as the other address, with
 * `login` the other mailbox logs in itself.
 */
export const SENDER_WAYS = ['send-as', 'login'] as const
export type SenderWay = (typeof SENDER_WAYS)[number]
/** For the sender of a rule until someone chooses. */
export const RULE_WAY: SenderWay = 'send-as'

export interface KnownSender {
  way: SenderWay
  /** What Exchange last answered about this sender with the current settings. Null if it has not been used with them. */
  lastResult: SenderObservation | null
}

export interface SenderObservation {
  outcome: 'accepted' | 'refused'
  at: Date
  how: 'test' | 'delivery'
  /** The revision of the mail server's settings at that time. */
  revision: number
  /** Id of the test or message. */
  evidenceId: string
  /** Diagnosis code of a refusal, or null. */
  code: string | null
  /** The server's reply to a refused message, or null. */
  evidence: string | null
}

/** Looks up a mail server by id, or the default one by null. Null if it is not known here, or if its settings cannot be read. */
export type ServerLookup = (id: string | null) => Sending | null

/** The sender of a message, in every place where it appears. */
export interface Identity {
  from: Mailbox
  envelopeFrom: string
  /** Null if the message keeps its own Reply-To. */
  replyTo: Mailbox | null
  /** Mailbox or user name that logs in. Null if there is no login. */
  login: string | null
  /**
   * Why the originator's address is not used although the rule allows it: it is not verified, or the mail server does not
   * allow individual senders. Logged, so that no other sender is used silently.
   */
  note: 'not-verified' | 'page-forbids' | null
}

type Allowed = Extract<RuleOutcome, { verdict: 'allow' }>

/**
 * The sender of a message that is allowed. A rule's own address is used even if it is not verified: if the server refuses it, the
 * error says so, which is better than a sender that was not chosen.
 *
 * @param rule null if the default action allows the message, or if no rule applies to it
 */
export function senderFor(sending: Sending, rule: Allowed | null, originator: Mailbox | null): Identity {
  const { server } = sending
  const fixed = rule?.sender ?? { address: server.senderAddress, name: server.senderName }
  const as = (from: Mailbox): Identity => ({
    from,
    envelopeFrom: from.address,
    replyTo: null,
    login: loginFor(sending, from.address),
    note: null,
  })
  if (!rule?.individual || originator === null || sameAddress(originator.address, fixed.address)) return as(fixed)
  const obstacle = individualObstacle(sending, originator.address)
  return obstacle === null ? as(originator) : { ...as(fixed), replyTo: originator, note: obstacle }
}

function loginFor({ server, senders }: Sending, address: string): string | null {
  if (server.type === 'smtp') return server.username ?? null
  return senders.get(keyOf(address))?.way === 'login' ? address : server.senderAddress
}

/** Why the originator's address is not used although a rule allows it, or null if it is used. */
export function individualObstacle(sending: Sending, address: string): Identity['note'] {
  const { server } = sending
  if (server.type === 'exchange-online-oauth2' && !isVerified(sending, address)) return 'not-verified'
  return server.allowIndividualSenders ? null : 'page-forbids'
}

/** The server's own sender needs no verification, because it is the mailbox that logs in. */
export const isVerified = ({ server, senders }: Sending, address: string): boolean =>
  sameAddress(address, server.senderAddress) || senders.get(keyOf(address))?.lastResult?.outcome === 'accepted'

export const sameAddress = (a: string, b: string): boolean => keyOf(a) === keyOf(b)

const keyOf = (address: string): string => address.toLowerCase()

/** Verified addresses other than the server's own, in lower case. */
export const verifiedSenders = ({ senders }: Pick<Sending, 'senders'>): string[] =>
  [...senders].flatMap(([address, { lastResult }]) => (lastResult?.outcome === 'accepted' ? [address] : []))

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
