import type { Locale, LocalisedCaller } from '../../i18n/locale'
import { type KeyUnder, translatorFor } from '../../i18n/translations'
import { actorName } from '../../kernel/actor'
import type { Clock } from '../../kernel/clock'
import { newId } from '../../kernel/ids'
import type { Mail, SmtpServer } from '../../smtp/contracts'

interface Occasion {
  deps: { baseUrl: URL; clock: Clock }
  caller: LocalisedCaller
  to: string
  from: { name: string; address: string }
  server: Pick<SmtpServer, 'host' | 'port' | 'security'>
}

/** A test message that says which console sent it, who requested it, when, and by which server. */
export function testMessage({ deps: { baseUrl, clock }, caller, from, to, server }: Occasion): Mail {
  const t = translatorFor(caller.locale, 'mail-server')
  const date = clock.now()
  const say = (key: KeyUnder<'mail-server', 'testMessage'>, values?: Record<string, string>): string =>
    t(`testMessage.${key}`, values)
  const console = baseUrl.href.replace(/\/$/, '')
  const rows: [label: string, value: string][] = [
    [say('console'), console],
    [say('requestedBy'), actorName(caller.actor)],
    [say('when'), moment(date, caller.locale)],
    [say('sender'), from.address],
    [say('recipient'), to],
    [say('server'), `${server.host}:${server.port} (${say(`security.${server.security}`)})`],
  ]
  const content = {
    title: say('title'),
    intro: say('intro'),
    rows,
    noReply: say('noReply'),
    ifUnexpected: say('ifUnexpected'),
  }
  return {
    from,
    envelopeFrom: from.address,
    to: [to],
    subject: say('subject', { host: baseUrl.hostname }),
    text: asText(content),
    html: asHtml(content, { locale: caller.locale, console, openConsole: say('openConsole') }),
    messageId: `<${newId()}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`,
    date,
  }
}

interface Content {
  title: string
  intro: string
  rows: [label: string, value: string][]
  noReply: string
  ifUnexpected: string
}

function moment(date: Date, locale: Locale): string {
  const form = new Intl.DateTimeFormat(locale === 'de' ? 'de-DE' : 'en-GB', {
    dateStyle: 'long',
    timeStyle: 'long',
    timeZone: 'UTC',
  })
  return form.format(date)
}

const asText = ({ title, intro, rows, noReply, ifUnexpected }: Content): string =>
  [title, '', intro, '', ...rows.map(([label, value]) => `${label}: ${value}`), '', noReply, ifUnexpected, ''].join(
    '\n',
  )

/** Everything that comes from outside is escaped. The mail loads nothing when it is read. */
const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`).replace(/[\u202a-\u202e\u2066-\u2069]/g, '')

const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"

function asHtml(
  { title, intro, rows, noReply, ifUnexpected }: Content,
  { locale, console, openConsole }: { locale: Locale; console: string; openConsole: string },
): string {
  const tableRows = rows
    .map(
      ([label, value]) =>
        `<tr><th align="left" valign="top" style="padding:6px 16px 6px 0;font-weight:400;color:#5b6472;white-space:nowrap">${escaped(label)}</th>` +
        `<td valign="top" style="padding:6px 0;color:#16191d;word-break:break-word">${escaped(value)}</td></tr>`,
    )
    .join('')
  return `<!doctype html>
<html lang="${locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light"><title>${escaped(title)}</title></head>
<body style="margin:0;padding:24px 12px;background:#f3f5f7;${FONT};font-size:15px;line-height:1.5;color:#16191d">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;border:1px solid #dfe3e8;border-radius:10px">
<tr><td style="padding:28px 32px 8px"><p style="margin:0 0 12px;font-size:13px;letter-spacing:.02em;color:#5b6472">Postroom</p>
<h1 style="margin:0 0 12px;font-size:20px;line-height:1.3;font-weight:600">${escaped(title)}</h1><p style="margin:0">${escaped(intro)}</p></td></tr>
<tr><td style="padding:12px 32px"><table cellpadding="0" cellspacing="0" style="font-size:14px;border-top:1px solid #dfe3e8;border-bottom:1px solid #dfe3e8;width:100%">${tableRows}</table></td></tr>
<tr><td style="padding:8px 32px 28px;font-size:13px;color:#5b6472"><p style="margin:8px 0">${escaped(noReply)}</p><p style="margin:8px 0">${escaped(ifUnexpected)}</p><p style="margin:8px 0"><a href="${escaped(console)}" style="color:#1f5fbf">${escaped(openConsole)}</a></p></td></tr>
</table></td></tr></table></body></html>
`
}
