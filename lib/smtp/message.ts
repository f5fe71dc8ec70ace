import { domainToASCII } from 'node:url'
import MailComposer from 'nodemailer/lib/mail-composer'
import MimeNode from 'nodemailer/lib/mime-node'
import { fail, ok, pick, type Result, remembered } from '../kernel'
import { needSmtpUtf8 } from '../validation/email-address'
import { decodedBase64 } from './base64-text'
import { buildInMemory } from './build-in-memory'
import type {
  Composed,
  FailureReportMail,
  Identity,
  LongText,
  Mail,
  OriginalLines,
  SubmittedMail,
  UnsignedMail,
} from './contracts'
import { mailDate } from './header'
import { type WireFault, type WireSafe, wireSafe } from './wire-safe'

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/
/** The last check of an address: nothing that could be read as two addresses or as the end of a command. */
const ADDRESS = /^("(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])+"|[^\s<>@,;:()[\]\\"]+)@[a-z0-9.-]+$/i
const MESSAGE_ID = /^<[^\s<>@]+@[^\s<>@]+>$/

/** A value that no parser of ours accepts. This is a bug of the caller, and nothing is sent. */
export class UnfitMail extends Error {
  override readonly name = 'UnfitMail'
}

function refuseUnfit({ to, subject, messageId }: Pick<UnsignedMail, 'to' | 'subject' | 'messageId'>): void {
  if (CONTROL.test(subject)) throw new UnfitMail('A control character in the subject')
  for (const address of to) refuseNoAddress(address)
  if (CONTROL.test(messageId) || !MESSAGE_ID.test(messageId)) throw new UnfitMail('Not a Message-ID')
  if (to.length === 0) throw new UnfitMail('No recipient')
}

function refuseUnfitIdentity({ from, replyTo }: Identity): void {
  if (CONTROL.test(from.name)) throw new UnfitMail('A control character in a name')
  for (const address of [from.address, ...(replyTo === null ? [] : [replyTo])]) refuseNoAddress(address)
}

function refuseNoAddress(address: string): void {
  if (CONTROL.test(address) || !ADDRESS.test(address)) throw new UnfitMail(`Not an address: ${JSON.stringify(address)}`)
}

const bare = (address: string) => ({ name: '', address })

/** The composer may neither read a file nor fetch a URL, and lines end with CR LF. */
const CLOSED = { disableFileAccess: true, disableUrlAccess: true, newline: 'windows' } as const

/** `address`: the composer reads an address differently from our parser. The others: it has written what may not be sent. */
export type ComposeFault = 'address' | WireFault

/**
 * Composes a message. A `Mail` has no option that reads a file, fetches a URL, sets an envelope or contains raw MIME.
 *
 * @returns null for the fault `address`
 * @throws UnfitMail for a header text with a line break or another control character, or for an invalid address
 */
export async function compose(mail: Mail): Promise<(Composed & { bytes: Buffer }) | null> {
  const { from, envelopeFrom, replyTo = null } = mail
  refuseNoAddress(envelopeFrom)
  const [unsigned, lines] = [await composeUnsigned(mail), identityLines({ from, replyTo })]
  if (!unsigned.ok || !lines) return null
  return {
    bytes: Buffer.concat([lines, unsigned.value]),
    envelope: { from: envelopeFrom, to: unique(mail.to) },
    needsUtf8: needSmtpUtf8([from.address, envelopeFrom, replyTo ?? '', ...mail.to]),
  }
}

async function composeUnsigned(mail: UnsignedMail): Promise<Result<Buffer, 'address'>> {
  refuseUnfit(mail)
  const node = new MailComposer({
    to: mail.to.map(bare),
    ...pick(mail, 'subject', 'text', 'html', 'messageId', 'date'),
    headers: { 'Auto-Submitted': 'auto-generated' },
    ...CLOSED,
  }).compile()
  return built(node, mail.to)
}

const built = async (node: MimeNode, to: readonly string[], sizeHint?: number): Promise<Result<Buffer, 'address'>> =>
  isSame(node.getEnvelope().to, unique(to)) ? ok(await buildInMemory(node, sizeHint)) : fail('address')

const checked = (bytes: Result<Buffer, 'address'>): Result<WireSafe, ComposeFault> =>
  bytes.ok ? wireSafe(bytes.value) : bytes

/** With whether its header, which names the recipients, needs SMTPUTF8. */
function unsignedTo(to: readonly string[], bytes: Result<Buffer, 'address'>): Result<Unsigned, ComposeFault> {
  const safe = checked(bytes)
  return safe.ok ? ok({ bytes: safe.value, needsUtf8: needSmtpUtf8(to) }) : safe
}

const OWN_HEADER = /^X-[A-Za-z0-9-]+$/i
const CONTENT_TYPE = /^(?!multipart\/|message\/)[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/i

function refuseUnfitParts({ attachments = [], headers = {} }: SubmittedMail): void {
  for (const [name, value] of Object.entries(headers))
    if (!OWN_HEADER.test(name) || CONTROL.test(value)) throw new UnfitMail('Not a header field of a client')
  for (const { filename, contentType } of attachments)
    if (CONTROL.test(filename) || !CONTENT_TYPE.test(contentType)) throw new UnfitMail('Not an attachment')
}

/**
 * Composes what a client or an operator wrote, without From. Contents of attachments are given, never named by a path or an address. Throws
 * `UnfitMail` as `compose`.
 */
export async function composeSubmitted(mail: SubmittedMail): Promise<Result<WireSafe, ComposeFault>> {
  const { to = [], cc = [], replyTo, subject, text, html, attachments = [], headers, messageId, date } = mail
  const named = [...to, ...cc]
  if (CONTROL.test(subject)) throw new UnfitMail('A control character in the subject')
  for (const address of [...named, ...(replyTo === undefined ? [] : [replyTo])]) refuseNoAddress(address)
  refuseUnfitParts(mail)
  const node = new MailComposer({
    ...(to.length > 0 && { to: to.map(bare) }),
    ...(cc.length > 0 && { cc: cc.map(bare) }),
    ...(replyTo !== undefined && { replyTo: bare(replyTo) }),
    text,
    html,
    attachments: attachments.map(({ filename, contentType, contentBase64 }) => ({
      filename,
      contentType,
      content: decodedBase64(contentBase64),
      contentTransferEncoding: 'base64' as const,
    })),
    headers: { ...headers },
    subject,
    messageId,
    date,
    ...CLOSED,
  }).compile()
  return checked(await built(node, named, attachments.length === 0 ? 0 : sizeOf(mail)))
}

/** Lines of 76 characters, quoted-printable at its longest, and the headers of all parts. */
const sizeOf = ({ text, html, attachments = [] }: SubmittedMail): number =>
  attachments.reduce((sum, { contentBase64 }) => sum + Math.ceil((contentBase64.length * 78) / 76) + 2_000, 64 * 1024) +
  Math.ceil(3.1 * Buffer.byteLength(`${text}${html}`))

/** Exchange and Outlook answer neither with an out-of-office reply nor with another report. */
const NO_ANSWERS = { 'X-Auto-Response-Suppress': 'All' }
const FIELD_NAME = /^[A-Za-z-]+$/
const FIELD_CHARS_MAX = 900

/**
 * Composes the three parts of a report: text, delivery status, and the header of the message. It says of itself that it is an automatic
 * reply, because its envelope has a sender (docs/decisions/0039).
 */
async function composeFailureReport(report: FailureReportMail): Promise<Result<Unsigned, ComposeFault>> {
  const { to, subject, text, messageId, date, about, status, header } = report
  refuseUnfit({ to: [to], subject, messageId })
  const node = new MimeNode('multipart/report; report-type=delivery-status', CLOSED)
  node.setHeader({
    To: bare(to),
    Subject: subject,
    'Message-ID': messageId,
    Date: mailDate(date),
  })
  if (MESSAGE_ID.test(about)) node.setHeader({ 'In-Reply-To': about, References: about })
  node.setHeader({ 'Auto-Submitted': 'auto-replied', ...NO_ANSWERS })
  node.createChild('text/plain; charset=utf-8').setContent(text)
  const fields = status.map((group) => group.map(statusLine).join('')).join('\r\n')
  const statusNode = node.createChild('message/delivery-status')
  statusNode.setHeader('Content-Transfer-Encoding', '7bit')
  statusNode.setContent(fields)
  if (header !== null) node.createChild('text/rfc822-headers; charset=utf-8').setContent(header)
  return unsignedTo([to], await built(node, [to]))
}

/** One field of a delivery status, which is one line of ASCII. */
function statusLine([name, value]: readonly [name: string, value: string]): string {
  if (!FIELD_NAME.test(name)) throw new UnfitMail('Not the name of a field')
  return `${name}: ${value.replace(/[^\x20-\x7e]+/g, '?').slice(0, FIELD_CHARS_MAX)}\r\n`
}

/** Identities whose header lines are remembered. A process uses few of them. */
const IDENTITIES_MAX = 500

/** From and Reply-To as the composer folds and encodes them; null for the fault `address`. */
const identityLines = (identity: Identity): Buffer | null => linesOf(JSON.stringify(identity))

const linesOf = remembered((text: string): Buffer | null => {
  const identity: Identity = JSON.parse(text)
  refuseUnfitIdentity(identity)
  const { from, replyTo } = identity
  const node = new MailComposer({
    from: { name: from.name, address: from.address },
    ...(replyTo === null ? {} : { replyTo: bare(replyTo) }),
    text: '',
    ...CLOSED,
  }).compile()
  return isSame(node.getEnvelope().from || '', from.address) ? Buffer.from(ownLines(node.buildHeaders()), 'utf8') : null
}, IDENTITIES_MAX)

/** Only From and Reply-To with their folded lines, since the composer writes other headers too. */
const ownLines = (headers: string): string =>
  headers
    .split(/\r\n(?![ \t])/)
    .filter((line) => /^(From|Reply-To):/i.test(line))
    .map((line) => `${line}\r\n`)
    .join('')

interface Unsigned {
  bytes: WireSafe
  needsUtf8: boolean
}

/** Composes messages that are stored before their sender is chosen. */
export const messageFactory = {
  /** Without From and Reply-To. */
  unsigned: async (mail: UnsignedMail) => unsignedTo(mail.to, await composeUnsigned(mail)),
  /** Without From. */
  failureReport: composeFailureReport,
  /** With the header lines of the sender in front; null for the fault `address`. */
  async sign({ bytes, needsUtf8 }: Omit<Composed, 'envelope'>, identity: Identity, original?: OriginalLines) {
    const senderLines = identityLines(identity)
    if (!senderLines) return null
    const lines = original?.lines ? withOriginal(senderLines, { ...original, lines: original.lines }) : senderLines
    const { from, replyTo } = identity
    return {
      bytes: Buffer.isBuffer(bytes) ? Buffer.concat([lines, bytes]) : inFront(lines, bytes),
      needsUtf8: needsUtf8 || needSmtpUtf8([from.address, replyTo ?? '']),
    }
  },
}

const fieldsOf = (headers: string): string[] => headers.match(/[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*/g) ?? []
/** Some programs write a blank in front of the colon. */
const named = (name: string) => (field: string) => field.split(':', 1)[0]?.trimEnd().toLowerCase() === name

/** The author's own Reply-To stays, and so do From and Sender if the author is the sender. */
function withOriginal(own: Buffer, { lines, isSender }: OriginalLines & { lines: string }): Buffer {
  const [written, composed] = [fieldsOf(lines), fieldsOf(own.toString('latin1'))]
  const chosen = (name: string, isRetained: boolean): string[] => {
    const retained = isRetained ? written.filter(named(name)) : []
    return retained.length > 0 ? retained : composed.filter(named(name))
  }
  return Buffer.from(
    [...chosen('from', isSender), ...chosen('sender', isSender), ...chosen('reply-to', true)].join(''),
    'latin1',
  )
}

const inFront = (lines: Buffer, text: LongText): LongText => ({
  length: lines.length + text.length,
  async *pieces() {
    yield lines
    yield* text.pieces()
  },
})

const unique = (addresses: readonly string[]): string[] => [...new Set(addresses)]

/** A domain that is its A-label form already, which is the common case. `domainToASCII` is slow. */
const PLAIN_DOMAIN = /^(?!(?:.*\.)?xn--)[a-z0-9.-]+$/

/** The composer writes the domain in UTF-8 if the local part is. Both spellings are the same address. */
function canonical(addresses: string | readonly string[]): string[] {
  return [addresses].flat().map((address) => {
    const at = address.lastIndexOf('@')
    const domain = address.slice(at + 1)
    return PLAIN_DOMAIN.test(domain) ? address : `${address.slice(0, at)}@${domainToASCII(domain)}`
  })
}

const isSame = (read: string | string[], meant: string | string[]): boolean =>
  JSON.stringify(canonical(read)) === JSON.stringify(canonical(meant))
