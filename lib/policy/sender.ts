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
  /** Addresses besides the server's own as which Exchange was seen to let the application send, in lower case. */
  proven: ReadonlySet<string>
}

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
  note: 'not-proven' | 'page-forbids' | null
}

type Allowed = Extract<RuleOutcome, { verdict: 'allow' }>

/**
 * The sender of a mail that a rule allows; `rule` null: the last line does, or no rule was asked. A rule's own address is used
 * even where it is not proven: then the server refuses the mail and says so, which is better than a sender nobody chose.
 */
export function senderFor(sending: Sending, rule: Allowed | null, originator: Mailbox | null): Identity {
  const { server } = sending
  const fixed = rule?.sender ?? { address: server.senderAddress, name: server.senderName }
  const login = server.type === 'smtp' ? (server.username ?? null) : server.senderAddress
  const as = (from: Mailbox): Identity => ({ from, envelopeFrom: from.address, replyTo: null, login, note: null })
  if (!rule?.individual || originator === null || sameAddress(originator.address, fixed.address)) return as(fixed)
  const obstacle = individualObstacle(sending, originator.address)
  return obstacle === null ? as(originator) : { ...as(fixed), replyTo: originator, note: obstacle }
}

function individualObstacle({ server, proven }: Sending, address: string): Identity['note'] {
  if (server.type === 'exchange-online-oauth2' && !isProven({ server, proven }, address)) return 'not-proven'
  return server.allowIndividualSenders ? null : 'page-forbids'
}

/** The server's own sender needs no proof of its own: it is the mailbox that logs in. */
export const isProven = ({ server, proven }: Sending, address: string): boolean =>
  sameAddress(address, server.senderAddress) || proven.has(address.toLowerCase())

export const sameAddress = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** Whether anybody's own address can be used at all as things stand. */
export const mayBeIndividual = ({ server, proven }: Sending): boolean =>
  server.allowIndividualSenders && (server.type === 'smtp' || proven.size > 0)
