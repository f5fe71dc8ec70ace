import { domainToASCII } from 'node:url'
import MailComposer from 'nodemailer/lib/mail-composer'
import { buildInMemory } from './build-in-memory'
import type { Composed, Identity, LongText, Mail, MessageFactory, UnsignedMail } from './contracts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/
/** What an address may be here at the very end: nothing that could be read as two, or as a command's end (M-01). */
const ADDRESS = /^("(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])+"|[^\s<>@,;:()[\]\\"]+)@[a-z0-9.-]+$/i
const MESSAGE_ID = /^<[^\s<>@]+@[^\s<>@]+>$/

/** The caller gave what no parser of ours lets through: a bug there, stopped here before anything is sent. */
export class UnfitMail extends Error {
  override readonly name = 'UnfitMail'
}

function refuseUnfit({ to, subject, messageId }: UnsignedMail): void {
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

/** Neither reads a file nor fetches a URL, whatever a part of the mail says; every line ends as the wire wants it (M-05). */
const CLOSED = { disableFileAccess: true, disableUrlAccess: true, newline: 'windows' } as const

/**
 * The one message factory. Its options are closed: nothing that reads a file, fetches a URL, sets an envelope or gives raw
 * MIME is reachable from a `Mail` (M-03).
 * @returns null when the composer reads an address otherwise than we do: then nothing may be sent (M-01).
 * @throws UnfitMail for a header-bound text with a line break or other control in it (M-02), or what is no address.
 */
export async function compose(mail: Mail): Promise<(Composed & { bytes: Buffer }) | null> {
  const { from, envelopeFrom, replyTo = null } = mail
  refuseNoAddress(envelopeFrom)
  const [unsigned, lines] = [await composeUnsigned(mail), await identityLines({ from, replyTo })]
  if (!unsigned || !lines) return null
  return {
    bytes: Buffer.concat([lines, unsigned.bytes]),
    envelope: { from: envelopeFrom, to: unique(mail.to) },
    needsUtf8: unsigned.needsUtf8 || !isAscii(`${from.address}${envelopeFrom}${replyTo ?? ''}`),
  }
}

async function composeUnsigned(mail: UnsignedMail): Promise<{ bytes: Buffer; needsUtf8: boolean } | null> {
  refuseUnfit(mail)
  const node = new MailComposer({
    to: mail.to.map(bare),
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    messageId: mail.messageId,
    date: mail.date,
    headers: { 'Auto-Submitted': 'auto-generated' },
    ...CLOSED,
  }).compile()
  if (!isSame(node.getEnvelope().to, unique(mail.to))) return null
  return { bytes: await buildInMemory(node), needsUtf8: mail.to.some((address) => !isAscii(address)) }
}

/** Of these there are few in a process's life; the composer is asked about each once. */
const IDENTITIES_MAX = 500
const identities = new Map<string, Buffer>()

/** From and Reply-To as the composer writes them, folded and encoded. */
async function identityLines(identity: Identity): Promise<Buffer | null> {
  const key = JSON.stringify(identity)
  const known = identities.get(key)
  if (known) return known
  refuseUnfitIdentity(identity)
  const { from, replyTo } = identity
  const node = new MailComposer({
    from: { name: from.name, address: from.address },
    ...(replyTo === null ? {} : { replyTo: bare(replyTo) }),
    text: '',
    ...CLOSED,
  }).compile()
  if (!isSame(node.getEnvelope().from || '', from.address)) return null
  const lines = Buffer.from(ownLines(node.buildHeaders()), 'utf8')
  if (identities.size >= IDENTITIES_MAX) identities.clear()
  identities.set(key, lines)
  return lines
}

/** From and Reply-To with their folded lines; the composer writes others besides. */
const ownLines = (headers: string): string =>
  headers
    .split(/\r\n(?![ \t])/)
    .filter((line) => /^(From|Reply-To):/i.test(line))
    .map((line) => `${line}\r\n`)
    .join('')

export const messageFactory: MessageFactory = {
  unsigned: composeUnsigned,
  async sign({ bytes, needsUtf8 }, identity) {
    const lines = await identityLines(identity)
    if (!lines) return null
    const { from, replyTo } = identity
    return {
      bytes: Buffer.isBuffer(bytes) ? Buffer.concat([lines, bytes]) : inFront(lines, bytes),
      needsUtf8: needsUtf8 || !isAscii(`${from.address}${replyTo ?? ''}`),
    }
  },
}

const inFront = (lines: Buffer, text: LongText): LongText => ({
  length: lines.length + text.length,
  async *pieces() {
    yield lines
    yield* text.pieces()
  },
})

const unique = (addresses: readonly string[]): string[] => [...new Set(addresses)]

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is a range of codes
const isAscii = (text: string): boolean => /^[\u0000-\u007f]*$/.test(text)

/** Its own A-label form: lower case, no label that claims to be Punycode. The common case, and `domainToASCII` is dear. */
const PLAIN_DOMAIN = /^(?!(?:.*\.)?xn--)[a-z0-9.-]+$/

/** The composer writes a domain in UTF-8 beside a local part in UTF-8; both spellings are one address. */
function canonical(addresses: string | readonly string[]): string[] {
  return [addresses].flat().map((address) => {
    const at = address.lastIndexOf('@')
    const domain = address.slice(at + 1)
    return PLAIN_DOMAIN.test(domain) ? address : `${address.slice(0, at)}@${domainToASCII(domain)}`
  })
}

const isSame = (read: string | string[], meant: string | string[]): boolean =>
  JSON.stringify(canonical(read)) === JSON.stringify(canonical(meant))
