import { decodeWords } from 'postal-mime'
import { fail, ok, type Result } from '../kernel/result'
import { wireFaultOf } from '../outbox/delivery/wire-safe'
import { authorOf } from './author'
import { type Refusal, refusal } from './refusal'

export const HEADER_LINES_MAX = 1_000
/** A message that has passed more servers is in a loop (RFC 5321 §6.3). */
export const HOPS_MAX = 50
const SUBJECT_CHARS_MAX = 255
const MESSAGE_ID = /^<[\x21-\x3b\x3d\x3f\x41-\x7e]+@[\x21-\x3b\x3d\x3f\x41-\x7e]+>$/
const FIELD = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/
/** A field whose value must not reach the recipients, or that only the last server writes (RFC 5321 §4.4). */
const REMOVED = new Set(['from', 'reply-to', 'bcc', 'resent-bcc', 'return-path'])

/** How the message came here, for its Received field. */
export interface Arrival {
  at: Date
  id: string
  /** What is known of the sending side, such as `printer.contoso.example ([192.0.2.7])`. */
  from: string
  /** The name of this server. */
  by: string
  /** As in the IANA registry of transmission types, e.g. `ESMTPSA`, or `HTTP`. */
  protocol: string
}

/** A submitted message, ready for the outbox. */
export interface TakenIn {
  /** The address in From; null if the message has no From. */
  author: string | null
  bytes: Buffer
  /** As in the outbox's `Submission`. */
  originalLines: string | null
  subject: string
  /** With angle brackets. */
  messageId: string
  /** The header contains bytes outside ASCII. */
  hasUtf8Header: boolean
}

/**
 * Reads a submitted message and prepares it for sending: a Received field is added in front, a missing Date and Message-ID too; From and
 * Reply-To are taken out, because each attempt decides about them; Bcc and Return-Path are removed. Everything else stays byte for byte.
 */
export function takeIn(bytes: Buffer, arrival: Arrival): Result<TakenIn, Refusal> {
  const fault = wireFaultOf(bytes)
  if (fault) return fail(refusal(fault))
  const { fields, bodyStart, lines } = readHeader(bytes)
  if (lines > HEADER_LINES_MAX) return fail(refusal('too-many-headers', { max: HEADER_LINES_MAX }))
  const all = (name: string) => fields.filter((field) => field.name === name)
  if (all('received').length > HOPS_MAX) return fail(refusal('too-many-hops', { max: HOPS_MAX }))
  const from = all('from')
  if (from.length > 1) return fail(refusal('from-twice'))
  const author = from[0] ? authorOf(valueIn(from[0])) : null
  if (from[0] && author === null) return fail(refusal('from-invalid'))
  const messageId = all('message-id')[0]
  const retained = fields.filter(({ name }) => !REMOVED.has(name))
  const newId = `<${arrival.id}@${arrival.by.replace(/[^A-Za-z0-9.-]/g, '') || 'localhost'}>`
  const added = [
    receivedField(arrival),
    ...(all('date').length > 0 ? [] : [`Date: ${mailDate(arrival.at)}\r\n`]),
    ...(messageId ? [] : [`Message-ID: ${newId}\r\n`]),
  ].join('')
  const own = fields.filter(({ name }) => name === 'from' || name === 'reply-to')
  const givenId = messageId && valueIn(messageId)
  return ok({
    author,
    originalLines: own.length === 0 ? null : own.map(({ raw }) => raw.toString('latin1')).join(''),
    subject: all('subject')[0] ? displayText(valueIn(all('subject')[0] as Field)) : '',
    messageId: givenId && MESSAGE_ID.test(givenId) ? givenId : newId,
    hasUtf8Header: retained.concat(own).some(({ raw }) => raw.some((byte) => byte > 0x7f)),
    bytes: Buffer.concat([Buffer.from(added), ...retained.map(({ raw }) => raw), bodyOf(bytes, bodyStart)]),
  })
}

/** The unfolded values of the fields with this name, which is in lower case. */
export const headerValues = (bytes: Buffer, name: string): string[] =>
  readHeader(bytes)
    .fields.filter((field) => field.name === name)
    .map(valueIn)

interface Field {
  /** In lower case. */
  name: string
  /** With its folded lines and line ends. */
  raw: Buffer
}

/** The fields up to the empty line, or up to the first line that is no field: some devices leave the empty line out. */
function readHeader(bytes: Buffer): { fields: Field[]; bodyStart: number; lines: number } {
  const fields: Field[] = []
  let lines = 0
  let at = 0
  while (at < bytes.length) {
    const end = lineEnd(bytes, at)
    if (end === at + 2) break
    const name = FIELD.exec(bytes.toString('latin1', at, Math.min(end, at + 200)))?.[1]?.toLowerCase()
    if (name === undefined) break
    let fieldEnd = end
    for (lines++; isFold(bytes[fieldEnd]); lines++) fieldEnd = lineEnd(bytes, fieldEnd)
    fields.push({ name, raw: bytes.subarray(at, fieldEnd) })
    at = fieldEnd
    if (lines > HEADER_LINES_MAX) break
  }
  return { fields, bodyStart: at, lines }
}

function lineEnd(bytes: Buffer, from: number): number {
  const end = bytes.indexOf('\r\n', from)
  return end < 0 ? bytes.length : end + 2
}

const isFold = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09

const EMPTY_LINE = Buffer.from('\r\n')

/** The body with the empty line in front of it. */
function bodyOf(bytes: Buffer, start: number): Buffer {
  const body = bytes.subarray(start)
  return body[0] === 0x0d && body[1] === 0x0a ? body : Buffer.concat([EMPTY_LINE, body])
}

/** The unfolded value, read as UTF-8 as RFC 6532 has it. */
const valueIn = ({ raw }: Field): string => {
  const text = raw.toString('utf8')
  return text
    .slice(text.indexOf(':') + 1)
    .replace(/\r\n(?=[ \t])/g, '')
    .trim()
}

/** A subject for pages and search. */
const displayText = (value: string): string =>
  decodeWords(value)
    .replace(/[\p{Cc}\p{Surrogate}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, SUBJECT_CHARS_MAX)

const receivedField = ({ from, by, protocol, id, at }: Arrival): string =>
  `Received: from ${from}\r\n\tby ${by} with ${protocol} id ${id};\r\n\t${mailDate(at)}\r\n`

/** RFC 5322 §3.3, in UTC. */
const mailDate = (at: Date): string => at.toUTCString().replace('GMT', '+0000')
