import type { Mailbox, RuleOutcome } from './rules'

/** The mail server as far as senders are concerned; lib/mail-server's settings fit. */
export interface SendingServer {
  type: 'exchange-online-oauth2' | 'smtp'
  /** With OAuth 2.0 also the mailbox that logs in. */
  senderAddress: string
  senderName: string
  allowIndividualSenders: boolean
  /** Of type `smtp`; null: no login. */
  username?: string | null
}

export interface Sending {
  server: SendingServer
  /** What is known of Exchange senders besides the server's own, by their address in lower case. */
  senders: ReadonlyMap<string, KnownSender>
}

/**
 * How mail leaves as another address: `send-as`, the server's own mailbox logs in and Exchange lets it send as the other;
 * `login`, the other mailbox logs in itself.
 */
export const SENDER_WAYS = ['send-as', 'login'] as const
export type SenderWay = (typeof SENDER_WAYS)[number]
/** Of a rule's sender as long as nobody has chosen. */
export const RULE_WAY: SenderWay = 'send-as'

export interface KnownSender {
  way: SenderWay
  /** The newest word of Exchange on this address, this way, under the settings in use; null: there is none. */
  word: SenderObservation | null
}

export interface SenderObservation {
  outcome: 'accepted' | 'refused'
  at: Date
  how: 'test' | 'delivery'
  /** Of the mail server's settings then. */
  revision: number
  /** Id of the test or of the message. */
  evidenceId: string
  /** Of a refusal: its diagnosis code and the server's words. */
  code: string | null
  evidence: string | null
}

/** The mail servers that rules may name, each by its id; null: the default one. Null in return: it is not known here, or cannot be read. */
export type Servers = (id: string | null) => Sending | null

/** As whom a mail leaves. */
export interface Identity {
  from: Mailbox
  envelopeFrom: string
  /** Null: the mail's own Reply-To stays as it is. */
  replyTo: Mailbox | null
  /** Mailbox or user name that logs in; null: no login. */
  login: string | null
  /**
   * Why the rule allows the person's own address and another is used all the same, for the log (never silently another
   * identity): the address is not proven, or the mail server's page does not allow individual senders.
   */
  note: 'not-verified' | 'page-forbids' | null
}

type Allowed = Extract<RuleOutcome, { verdict: 'allow' }>

/**
 * The sender of a mail that a rule allows; `rule` null: the last line does, or no rule was asked. A rule's own address is used
 * even where it is not proven: then the server refuses the mail and says so, which is better than a sender nobody chose.
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
  const isOther = !sameAddress(address, server.senderAddress) && senders.get(keyOf(address))?.way === 'login'
  return isOther ? address : server.senderAddress
}

/** Why a person's own address is not used although a rule allows it; null: it is. */
export function individualObstacle(sending: Sending, address: string): Identity['note'] {
  const { server } = sending
  if (server.type === 'exchange-online-oauth2' && !isVerified(sending, address)) return 'not-verified'
  return server.allowIndividualSenders ? null : 'page-forbids'
}

/** The server's own sender needs no proof of its own: it is the mailbox that logs in. */
export const isVerified = ({ server, senders }: Sending, address: string): boolean =>
  sameAddress(address, server.senderAddress) || senders.get(keyOf(address))?.word?.outcome === 'accepted'

export const sameAddress = (a: string, b: string): boolean => keyOf(a) === keyOf(b)

const keyOf = (address: string): string => address.toLowerCase()

/** Addresses besides the server's own that were seen to work, in lower case. */
export const verifiedSenders = ({ server, senders }: Sending): string[] =>
  [...senders].flatMap(([address, { word }]) =>
    word?.outcome === 'accepted' && !sameAddress(address, server.senderAddress) ? [address] : [],
  )
