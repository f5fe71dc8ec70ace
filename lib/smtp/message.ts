import { domainToASCII } from 'node:url'
import MailComposer from 'nodemailer/lib/mail-composer'
import type { Mail } from '../delivery/ports'

/** A message as it goes on the wire, with the envelope it must go under. */
export interface Composed {
  bytes: Buffer
  envelope: { from: string; to: string[] }
  /** An address outside ASCII: the server must offer SMTPUTF8. */
  needsUtf8: boolean
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/
/** What an address may be here at the very end: nothing that could be read as two, or as a command's end (M-01). */
const ADDRESS = /^("(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])+"|[^\s<>@,;:()[\]\\"]+)@[a-z0-9.-]+$/i
const MESSAGE_ID = /^<[^\s<>@]+@[^\s<>@]+>$/

/** The caller gave what no parser of ours lets through: a bug there, stopped here before anything is sent. */
export class UnfitMail extends Error {
  override readonly name = 'UnfitMail'
}

function refuseUnfit({ from, envelopeFrom, to, replyTo, subject, messageId }: Mail): void {
  for (const text of [from.name, subject])
    if (CONTROL.test(text)) throw new UnfitMail('A control character in a name or the subject')
  for (const address of [from.address, envelopeFrom, ...to, ...(replyTo === undefined ? [] : [replyTo])])
    if (CONTROL.test(address) || !ADDRESS.test(address))
      throw new UnfitMail(`Not an address: ${JSON.stringify(address)}`)
  if (CONTROL.test(messageId) || !MESSAGE_ID.test(messageId)) throw new UnfitMail('Not a Message-ID')
  if (to.length === 0) throw new UnfitMail('No recipient')
}

const bare = (address: string) => ({ name: '', address })

/**
 * The one message factory. Its options are closed: nothing that reads a file, fetches a URL, sets an envelope or gives raw
 * MIME is reachable from a `Mail` (M-03).
 * @returns null when the composer reads an address otherwise than we do: then nothing may be sent (M-01).
 * @throws UnfitMail for a header-bound text with a line break or other control in it (M-02), or what is no address.
 */
export async function compose(mail: Mail): Promise<Composed | null> {
  refuseUnfit(mail)
  const node = new MailComposer({
    from: { name: mail.from.name, address: mail.from.address },
    to: mail.to.map(bare),
    ...(mail.replyTo === undefined ? {} : { replyTo: bare(mail.replyTo) }),
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    messageId: mail.messageId,
    date: mail.date,
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile()

  const read = node.getEnvelope()
  const meant = JSON.stringify([mail.from.address, unique(mail.to)].map(canonical))
  if (JSON.stringify([read.from || '', read.to].map(canonical)) !== meant) return null

  const addresses = [mail.from.address, mail.envelopeFrom, mail.replyTo ?? '', ...mail.to]
  return {
    bytes: await node.build(),
    envelope: { from: mail.envelopeFrom, to: unique(mail.to) },
    needsUtf8: addresses.some((address) => !isAscii(address)),
  }
}

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
