import type { Tx } from '../db'
import type { Locale } from '../i18n/locale'
import { newId, type Result } from '../kernel'
import type { UnsignedMail } from '../smtp/contracts'
import { messageFactory } from '../smtp/message'
import type { WireSafe } from '../smtp/wire-safe'
import { faultOf, linksOf, type Notice, type NoticeText, type SendFault } from './notice'
import type { StoredChannel } from './store/channel-rows'

export interface OutboxMail {
  bytes: WireSafe
  needsUtf8: boolean
  recipients: string[]
  subject: string
  messageId: string
  /** What the mail was sent for, e.g. `reminder:<id>`. */
  cause: string
}

/** How a mail of the console reaches the outbox, which comes later in the order of modules. */
export interface OutboxDeps {
  /** Address that the default mail server sends from, or null if none is configured. */
  senderAddress(): Promise<string | null>
  /** Accepts a mail for the outbox; `insert` stores it in a transaction of the caller's. The error is the outbox's code. */
  prepareMail(mail: OutboxMail): Promise<Result<{ id: string; insert(tx: Tx): Promise<void> }, string>>
  /** Wakes the worker, because mail is waiting. */
  wakeOutbox(): Promise<void>
}

interface Envelope {
  to: string
  locale: Locale
  /** Of the Message-ID. */
  id?: string
  date: Date
}

/** Where a channel's notice goes. Its Message-ID is the same for every attempt. */
export const envelopeOf = (notice: Pick<Notice, 'deliveryId' | 'at'> & { channel: StoredChannel }): Envelope => {
  const { address, locale } = notice.channel
  return { to: address ?? '', locale, id: notice.deliveryId, date: notice.at }
}

/** Composes a text as a mail of the console, and prepares it for the outbox. */
export async function prepareNotice(
  { senderAddress, prepareMail }: Pick<OutboxDeps, 'senderAddress' | 'prepareMail'>,
  text: NoticeText,
  { cause, ...envelope }: Envelope & { cause: string },
): Promise<Result<{ id: string; insert(tx: Tx): Promise<void> }, SendFault>> {
  const sender = await senderAddress()
  if (sender === null) return faultOf('no-server')
  const mail = noticeMail(text, sender, envelope)
  const composed = await messageFactory.unsigned(mail)
  if (!composed.ok)
    return composed.error === 'address' ? faultOf('address-malformed') : faultOf('unrecognised', composed.error)
  const { to: recipients, subject, messageId } = mail
  const prepared = await prepareMail({ ...composed.value, recipients, subject, messageId, cause })
  return prepared.ok ? prepared : faultOf(`outbox-${prepared.error}`)
}

/** A text as a mail of the console. Reading it loads nothing from a server. */
export const noticeMail = (
  text: NoticeText,
  senderAddress: string,
  { to, locale, id = newId(), date }: Envelope,
): UnsignedMail => ({
  to: [to],
  subject: text.title,
  text: asText(text),
  html: asHtml(text, locale),
  messageId: `<${id}@${senderAddress.slice(senderAddress.lastIndexOf('@') + 1)}>`,
  date,
})

const asText = (notice: NoticeText): string => {
  const { title, intro, rows, how, why } = notice
  return [
    title,
    '',
    intro,
    '',
    ...rows.map(([label, value]) => `${label}: ${value}`),
    '',
    ...(how ? [how, ''] : []),
    ...linksOf(notice).map(({ open, url }) => `${open}: ${url}`),
    '',
    why,
    '',
  ].join('\n')
}

/** For every text that people or other systems provided. Nothing in it can change the direction of what follows. */
const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`).replace(/[\u202a-\u202e\u2066-\u2069]/g, '')

const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"

function asHtml(notice: NoticeText, locale: string): string {
  const { title, intro, rows, how, why } = notice
  const tableRows = rows
    .map(
      ([label, value]) =>
        `<tr><th align="left" valign="top" style="padding:6px 12px 6px 0;width:46%;word-break:break-word;font-weight:400;color:#5b6472">${escaped(label)}</th>` +
        `<td valign="top" style="padding:6px 0;word-break:break-word">${escaped(value)}</td></tr>`,
    )
    .join('')
  const links = linksOf(notice)
    .map(
      ({ open, url }) =>
        `<p style="margin:16px 0"><a href="${escaped(url)}" style="color:#1f5fbf">${escaped(open)}</a></p>`,
    )
    .join('\n')
  const howPart = how ? `<p style="margin:16px 0 0">${escaped(how)}</p>\n` : ''
  return `<!doctype html>
<html lang="${locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light"><title>${escaped(title)}</title></head>
<body style="margin:0;padding:24px 12px;background:#f3f5f7;${FONT};font-size:15px;line-height:1.5;color:#16191d">
<div style="max-width:560px;margin:0 auto;padding:28px 24px;background:#ffffff;border:1px solid #dfe3e8;border-radius:10px">
<p style="margin:0 0 12px;font-size:13px;color:#5b6472">Postroom</p>
<h1 style="margin:0 0 12px;font-size:20px;line-height:1.3;font-weight:600">${escaped(title)}</h1>
<p style="margin:0 0 12px">${escaped(intro)}</p>
<table cellpadding="0" cellspacing="0" style="font-size:14px;width:100%">${tableRows}</table>
${howPart}${links}
<p style="margin:0;font-size:13px;color:#5b6472">${escaped(why)}</p>
</div></body></html>
`
}
