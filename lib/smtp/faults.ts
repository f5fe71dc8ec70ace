import type { NetFaultCode, WireStage } from '../kernel'
import { tlsEvidence, tlsFaultCode } from '../net'
import type { Accepted, FailedAttempt } from './contracts'
import { type FaultContext, oneLine, replyCode, smtpFault } from './reply'

export interface Circumstances extends FaultContext {
  host: string
  port: number
  stage: WireStage
  /** The server has sent at least one byte. */
  heard: boolean
  /** The settings require STARTTLS, which is offered in the answer to EHLO. */
  needsStartTls: boolean
}

/** The members that nodemailer adds to an Error. */
interface Reported extends Error {
  code?: string
  /** Node's code, if nodemailer has replaced it. */
  originalCode?: string
  response?: string
  responseCode?: number
  command?: string
  /** The answer for each recipient, if all were rejected. */
  rejectedErrors?: (Error & { recipient?: string; response?: string })[]
}

/** Translates an error of nodemailer into a fault. Anything that is not a fault of server or network is a bug and is thrown again. */
export function failedAttempt(thrown: unknown, about: Circumstances): FailedAttempt {
  if (!(thrown instanceof Error)) throw thrown
  const error: Reported = thrown
  if (error.response && error.responseCode) {
    const failed = refusal(error.response, error.command ?? '', about)
    return (error.rejectedErrors?.length ?? 0) > 1
      ? { ...failed, refused: refusals(error.rejectedErrors ?? [], about) }
      : failed
  }
  const net = (code: NetFaultCode, evidence = tlsEvidence(thrown)) => netFailure(code, evidence, about)

  if (error.code === 'ETIMEDOUT') return timedOut(about)
  const connectionCode = tlsFaultCode(error.originalCode ?? '')
  if (connectionCode) return net(connectionCode, `${error.originalCode}; ${tlsEvidence(thrown)}`)
  if (error.code === 'ECONNECTION' || error.code === 'ETLS' || error.code === 'ESOCKET')
    return net('connection-lost', 'closed before the step ended')
  if (error.code === 'EPROTOCOL') return notSmtp(about)
  throw thrown
}

export const netFailure = (
  code: NetFaultCode,
  evidence: string,
  { host, port, stage, scrub }: Circumstances,
): FailedAttempt => ({ stage, fault: { kind: 'net', code, host, port, evidence: scrub(evidence) } })

/** Distinguishes a port that never sent a byte from a server that stopped responding. */
export const timedOut = (about: Circumstances): FailedAttempt =>
  about.heard
    ? netFailure('deadline-passed', 'no complete reply in time', about)
    : netFailure('connection-timed-out', 'no greeting in time', about)

/** The fault of an answer that is not SMTP. Its bytes are not shown, because any service may listen on a port. */
export const notSmtp = (about: Circumstances): FailedAttempt =>
  about.stage === 'connect'
    ? netFailure('not-an-smtp-server', 'what came first is not an SMTP greeting', about)
    : netFailure('connection-lost', 'what came is not an SMTP reply; the connection was dropped', about)

/** Translates a reply that refuses a command into a fault. A positive reply refuses nothing, so it is not the answer to the command. */
export function refusal(reply: string, command: string, about: Circumstances): FailedAttempt {
  const code = replyCode(reply)
  if (code < 400) return notSmtp(about)
  if (command === 'EHLO' && isForeign(reply)) return notSmtp({ ...about, stage: 'connect' })
  // Without EHLO there is no STARTTLS. After STARTTLS the rejection of EHLO has another meaning.
  if (command === 'EHLO' && NO_EHLO.includes(code) && about.needsStartTls && about.stage === 'connect')
    return netFailure('starttls-not-offered', oneLine(reply), about)
  if (command === 'STARTTLS' && (code === NO_TLS_NOW || code >= 500))
    return netFailure('starttls-not-offered', oneLine(reply), about)
  return { stage: stageOf(command) ?? about.stage, fault: smtpFault(reply, about) }
}

/** Translates rejected recipients, each with the answer of the server. */
export const refusals = (errors: NonNullable<Reported['rejectedErrors']>, about: Circumstances): Accepted['refused'] =>
  errors.map(({ recipient = '', response = '' }) => ({ address: recipient, fault: smtpFault(response, about) }))

/** The command is unknown or not implemented. */
const NO_EHLO: readonly number[] = [500, 502]

/** RFC 3207 §4: TLS is not available. Any other 4xx says nothing of TLS: the server is busy, or wants us to come back. */
const NO_TLS_NOW = 454

/** SMTP servers do not answer EHLO with 530. FTP and news servers also greet with 220 or 200 and then answer like this. */
const isForeign = (reply: string): boolean =>
  replyCode(reply) === 530 ||
  (reply.startsWith('5') && /\bUSER\b.{0,20}\bPASS\b|\b(?:FTP|POP3?|IMAP4?|NNTP|HTTP)\b|^5\d\d[ -]What\?/i.test(reply))

/** The stage of a command, or null outside any stage, such as for the greeting. */
function stageOf(command: string): WireStage | null {
  if (command === 'EHLO' || command === 'HELO') return 'connect'
  if (command.startsWith('AUTH')) return 'auth'
  if (command === 'MAIL FROM') return 'sender'
  if (command === 'RCPT TO') return 'recipient'
  return command === 'DATA' ? 'data' : null
}
