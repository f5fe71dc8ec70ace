import { mailDate } from '../../smtp/header'
import type { Failed, FailureRow } from '../store/failure-reports'

type Fields = [name: string, value: string][]

const SMTP_REPLY = /^([245])\d\d(?:[ -]|$)/
const ENHANCED = /(?:^|[\s-])([245]\.\d{1,3}\.\d{1,3})(?=$|[\s:;,)])/
/** RFC 3463: "delivery not authorized" and "other undefined status". */
const DECLINED = '5.7.1'
const UNKNOWN = '5.0.0'

/** The machine-readable part of a report (RFC 3464 §2): fields about the message, then about each recipient. */
export function deliveryStatus({ recipients, acceptedAt, at }: FailureRow, reportingMta: string): Fields[] {
  const message: Fields = [
    ['Reporting-MTA', `dns; ${reportingMta}`],
    ['Arrival-Date', mailDate(acceptedAt)],
  ]
  return [message, ...recipients.map((recipient) => recipientFields(recipient, at))]
}

const recipientFields = ({ address, state, code, reply }: Failed, at: Date): Fields => [
  ['Final-Recipient', recipientOf(address)],
  ['Action', 'failed'],
  ['Status', statusOf({ state, reply })],
  ['Diagnostic-Code', reply && SMTP_REPLY.test(reply) ? `smtp; ${reply}` : `x-postroom; ${code ?? 'unknown'}`],
  ['Last-Attempt-Date', mailDate(at)],
]

/** An address outside ASCII is written as RFC 6533 §3 has it. A quoted name may contain blanks. */
export const recipientOf = (address: string): string =>
  /^[\x20-\x7e]+$/.test(address)
    ? `rfc822; ${address}`
    : `utf-8; ${[...address].map((each) => (/[\x21-\x5b\x5d-\x7e]/.test(each) ? each : escaped(each))).join('')}`

const escaped = (character: string): string => `\\x{${character.codePointAt(0)?.toString(16).toUpperCase() ?? ''}}`

/** The enhanced status code of the server's reply, or the most general one of its class. */
export function statusOf({ state, reply }: Pick<Failed, 'state' | 'reply'>): string {
  if (state === 'declined') return DECLINED
  const [, digit] = SMTP_REPLY.exec(reply ?? '') ?? []
  if (digit === undefined || digit === '2') return UNKNOWN
  const enhanced = ENHANCED.exec((reply ?? '').slice(3, 40))?.[1]
  return enhanced?.startsWith(digit) ? enhanced : `${digit}.0.0`
}
