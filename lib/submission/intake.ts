import { isAscii } from 'node:buffer'
import { decodeWords } from 'postal-mime'
import { fail, ok, type Result } from '../kernel'
import {
  fieldValue,
  foldedValue,
  HEADER_LINES_MAX,
  type Header,
  type HeaderField,
  mailDate,
  readHeader,
} from '../smtp/header'
import { reEncode } from '../smtp/re-encode'
import { joinLines, LINE_OCTETS_MAX, type WireSafe, wireSafe } from '../smtp/wire-safe'
import { authorOf } from './author'
import { type Refusal, refusal } from './refusal'

/** Lines of a permitted length cannot add up to more. */
const HEADER_BYTES_MAX = HEADER_LINES_MAX * (LINE_OCTETS_MAX + 2)
/** A message that has passed more servers is in a loop (RFC 5321 §6.3). */
export const HOPS_MAX = 50
const SUBJECT_CHARS_MAX = 255
/** Enough even if each of those characters is a separate encoded word. */
const SUBJECT_READ_CHARS_MAX = 16 * 1024
const MESSAGE_ID = /^<[\x21-\x3b\x3d\x3f\x41-\x7e]+@[\x21-\x3b\x3d\x3f\x41-\x7e]+>$/
/** A field whose value must not reach the recipients, or that only the last server writes (RFC 5321 §4.4). */
const REMOVED = new Set(['bcc', 'resent-bcc', 'return-path'])
/** Fields that an attempt writes in front. */
const IN_FRONT = new Set(['from', 'reply-to', 'sender'])
/** Fields that name another sender than From. Some servers write the user of a program into them, so the message is not refused. */
const NAMES_SENDER = new Set(['sender', 'resent-from', 'resent-sender'])

/** How the message came here, for its Received field. */
export interface Arrival {
  /** The envelope's, normalised. A From without a domain gets its domain. */
  sender: string
  at: Date
  id: string
  /** What is known of the sending side, such as `printer.contoso.example ([192.0.2.7])`. */
  from: string
  /** The name of this server. */
  by: string
  /** As in the IANA registry of transmission types, e.g. `ESMTPSA`, or `HTTP`. */
  protocol: string
}

/**
 * Reads a submitted message and prepares it for sending. A Received field is added in front, and a missing Date and Message-ID. From,
 * Reply-To and Sender are taken out, because each attempt decides about them. Bcc and Return-Path are removed, and so is a Sender,
 * Resent-From or Resent-Sender that is not one address as which the client may send. Everything else stays byte for byte.
 */
export function takeIn(bytes: WireSafe, arrival: Arrival, maySendAs: (address: string) => boolean) {
  const header = readFields(bytes)
  if (!header.ok) return header
  const { fields: written, end: bodyStart } = header.value
  const isAllowed = (field: HeaderField): boolean => {
    if (!NAMES_SENDER.has(field.name)) return !REMOVED.has(field.name)
    const address = authorOf(foldedValue(field))
    return address !== null && maySendAs(address)
  }
  const fields = written.filter(isAllowed)
  const all = (name: string) => fields.filter((field) => field.name === name)
  if (all('received').length > HOPS_MAX) return fail(refusal('too-many-hops', { max: HOPS_MAX }))
  const from = all('from')
  if (from.length > 1) return fail(refusal('from-twice'))
  const fromRead = from[0] ? readable(from[0], arrival.sender) : null
  if (from[0] && fromRead === null) return fail(refusal('from-invalid'))
  const messageId = all('message-id')[0]
  const retained = fields.filter(({ name }) => !IN_FRONT.has(name))
  const newId = () => `<${arrival.id}@${arrival.by.replace(/[^A-Za-z0-9.-]/g, '') || 'localhost'}>`
  const added = [
    receivedField(arrival),
    ...(all('date').length > 0 ? [] : [`Date: ${mailDate(arrival.at)}\r\n`]),
    ...(messageId ? [] : [`Message-ID: ${newId()}\r\n`]),
  ].join('')
  const frontFields = fields.filter(({ name }) => IN_FRONT.has(name))
  const emptyLine = bytes[bodyStart] === 0x0d && bytes[bodyStart + 1] === 0x0a ? [] : ['\r\n']
  const givenId = messageId && fieldValue(messageId)
  return ok({
    /** The address in From; null if the message has no From. */
    author: fromRead?.author ?? null,
    /** As in the outbox's `Submission`. */
    originalLines:
      frontFields.length === 0
        ? null
        : frontFields.map((field) => (field === from[0] && fromRead ? fromRead.line : wholeLine(field))).join(''),
    subject: all('subject')[0] ? displayText(fieldValue(all('subject')[0] as HeaderField)) : '',
    /** With angle brackets. */
    messageId: givenId && MESSAGE_ID.test(givenId) ? givenId : newId(),
    hasUtf8Header: !retained.concat(frontFields).every(({ raw }) => isAscii(raw)),
    bytes: joinLines(bytes, [added, ...retained, ...emptyLine, { start: bodyStart, end: bytes.length }]),
  })
}

/**
 * A From whose address has no domain, such as cron's `root (Cron Daemon)`: up to the end of the local part, and the rest. The longest domain
 * fits into its line.
 */
const WITHOUT_DOMAIN = /^(?=.{0,700}$)([^:]*:(?:[^<>@]*<)?\s*[\w.+-]+)(\s*(?:>\s*)?(?:\([^()<>@]*\)\s*)?)$/s

/**
 * The one address of a From, and the field as it is sent: with the domain of the envelope's sender if it has none, and in one line if it is
 * folded where some programs would read another address. Programs fold long names anywhere.
 */
function readable(field: HeaderField, sender: string): { author: string; line: string } | null {
  const written = wholeLine(field).replace(WITHOUT_DOMAIN, `$1${sender.slice(sender.lastIndexOf('@'))}$2`)
  const unfolded = written.replaceAll(/\r\n(?=[ \t])/g, '')
  for (const line of unfolded.length > LINE_OCTETS_MAX + 2 ? [written] : [written, unfolded]) {
    const author = authorOf(foldedValue({ raw: Buffer.from(line, 'latin1') }))
    if (author !== null) return { author, line }
  }
  return null
}

/** The field with a line end, which is missing if the message ends with this field. */
const wholeLine = ({ raw }: HeaderField): string => raw.toString('latin1').replace(/(?<!\n)$/, '\r\n')

/** A line that a mailbox file has in front of a header, and that old scripts send. For Postfix it is no end of the header either. */
const MAILBOX_LINE = /^>*From (?![ \t]*:)[^\r\n]*\r\n(?=[\x21-\x39\x3b-\x7e]+[ \t]*:)/

/** Without it, so that its header is read, and Bcc removed. */
export function withoutMailboxLine(bytes: Buffer): Buffer {
  const lines = bytes.toString('latin1', 0, 2 * (LINE_OCTETS_MAX + 2))
  return bytes.subarray(MAILBOX_LINE.exec(lines)?.[0].length ?? 0)
}

/** A field that only the author may read. */
const BCC = /^(?:resent-)?bcc[ \t]*:/im

/**
 * Whether Bcc follows a line that is no field, or empty lines with which the message begins. For every mail server these end the header, also
 * where a device has left out the empty line, so that all recipients would read Bcc in the text.
 */
function showsBcc(bytes: Buffer, { fields, end }: Header): boolean {
  let start = end
  if (fields.length === 0) while (bytes[start] === 0x0d) start += 2
  if (bytes[start] === 0x0d) return false
  const empty = bytes.indexOf('\r\n\r\n', start)
  const rest = bytes.toString('latin1', start, Math.min(empty < 0 ? bytes.length : empty, start + HEADER_BYTES_MAX))
  return BCC.test(rest)
}

/** The header of a message, unless it is longer than any program writes it. */
export function readFields(bytes: Buffer): Result<Header, Refusal> {
  const header = readHeader(bytes, { linesMax: HEADER_LINES_MAX })
  if (header.lines > HEADER_LINES_MAX) return fail(refusal('too-many-headers', { max: HEADER_LINES_MAX }))
  if (header.end > HEADER_BYTES_MAX) return fail(refusal('line-too-long'))
  return showsBcc(bytes, header) ? fail(refusal('bcc-visible')) : ok(header)
}

/**
 * Checks a message. No server may pass overlong lines on, and many programs write a paragraph, or all recipients, as one line: fields are
 * folded, and parts encoded.
 */
export function checkBytes(written: Buffer): Result<WireSafe, Refusal> {
  const bytes = withoutMailboxLine(written)
  const safe = wireSafe(bytes)
  const encoded = !safe.ok && safe.error === 'line-too-long' ? reEncode(withFoldedHeader(bytes), 'long-lines') : null
  const checked = encoded ? wireSafe(encoded) : safe
  return checked.ok ? checked : fail(refusal(checked.error))
}

/** With line ends in front of blanks of overlong fields, which change no value (RFC 5322 §2.2.3). */
function withFoldedHeader(bytes: Buffer): Buffer {
  const { end } = readHeader(bytes, { linesMax: HEADER_LINES_MAX })
  if (end > HEADER_BYTES_MAX) return bytes
  const lines = bytes.toString('latin1', 0, end).split('\r\n')
  if (lines.every(({ length }) => length <= LINE_OCTETS_MAX)) return bytes
  return Buffer.concat([Buffer.from(lines.map(folded).join('\r\n'), 'latin1'), bytes.subarray(end)])
}

/** The line as it is if it has too few blanks: a line of blanks alone would end the header for some programs. */
function folded(line: string): string {
  const pieces: string[] = []
  let rest = line
  while (rest.length > LINE_OCTETS_MAX) {
    const at = Math.max(rest.lastIndexOf(' ', LINE_OCTETS_MAX), rest.lastIndexOf('\t', LINE_OCTETS_MAX))
    pieces.push(rest.slice(0, Math.max(0, at)))
    rest = rest.slice(Math.max(0, at))
    if (pieces.at(-1)?.trim() === '') return line
  }
  return rest.trim() === '' ? line : [...pieces, rest].join('\r\n')
}

/** A subject for pages and search. Only what it can show is decoded, because a megabyte of encoded words takes seconds. */
const displayText = (value: string): string =>
  decodeWords(value.slice(0, SUBJECT_READ_CHARS_MAX))
    .replace(/[\p{Cc}\p{Surrogate}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, SUBJECT_CHARS_MAX)

const receivedField = ({ from, by, protocol, id, at }: Arrival): string =>
  `Received: from ${from}\r\n\tby ${by} with ${protocol} id ${id};\r\n\t${mailDate(at)}\r\n`
