import { type Locale, type LocalisedCaller, REGION } from '../../i18n/locale'
import { type KeyUnder, translatorFor } from '../../i18n/translations'
import { actorName, type Clock } from '../../kernel'
import { noticeMail } from '../../notifications/mail'
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
  const { locale } = caller
  const t = translatorFor(locale, 'mail-server')
  const date = clock.now()
  const say = (key: KeyUnder<'mail-server', 'testMessage'>, values?: Record<string, string>): string =>
    t(`testMessage.${key}`, values)
  const url = baseUrl.href.replace(/\/$/, '')
  const text = {
    title: say('title'),
    intro: say('intro'),
    rows: [
      [say('console'), url],
      [say('requestedBy'), actorName(caller.actor)],
      [say('when'), moment(date, locale)],
      [say('sender'), from.address],
      [say('recipient'), to],
      [say('server'), `${server.host}:${server.port} (${say(`security.${server.security}`)})`],
    ] satisfies [label: string, value: string][],
    how: null,
    why: `${say('noReply')}\n${say('ifUnexpected')}`,
    open: say('openConsole'),
    url,
  }
  return {
    ...noticeMail(text, from.address, { to, locale, date }),
    from,
    envelopeFrom: from.address,
    subject: say('subject', { host: baseUrl.hostname }),
  }
}

const moment = (date: Date, locale: Locale): string =>
  date.toLocaleString(REGION[locale], { dateStyle: 'long', timeStyle: 'long', timeZone: 'UTC' })
