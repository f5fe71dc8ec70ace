import type { NoticeText, OtherNotice } from '../../credentials/reminders/notice'
import { oneLine } from '../../credentials/reminders/text'
import { isDiagnosisCode, remedy } from '../../diagnosis'
import { formatMoment, formatNumber, type Locale } from '../../i18n/locale'
import { translatorFor } from '../../i18n/translations'
import { clientName } from '../../submission/client-name'
import type { WeeklyFacts } from './facts'
import type { Week } from './schedule'

const CAUSES_MAX = 5

/** The report in one language. */
export function weeklyText({ from, to }: Week, facts: WeeklyFacts, locale: Locale, baseUrl: URL): NoticeText {
  const t = translatorFor(locale, 'alerts')
  const submission = translatorFor(locale, 'submission')
  const number = (value: number): string => formatNumber(value, locale)
  const { sent, failed, causes, clients, expiring } = facts
  const remainder = causes.slice(CAUSES_MAX).reduce((sum, { count }) => sum + count, 0)
  return {
    title: t('weekly.subject', { sent: number(sent), failed: number(failed) }),
    intro: t('weekly.intro', { from: formatMoment(from, locale), to: formatMoment(to, locale) }),
    rows: [
      [t('weekly.sent'), number(sent)],
      [t('weekly.failed'), number(failed)],
      ...causes
        .slice(0, CAUSES_MAX)
        .map(({ code, count }) => row(t('weekly.cause', { cause: titleOf(code, locale) }), number(count))),
      ...(remainder > 0 ? [row(t('weekly.otherCauses'), number(remainder))] : []),
      ...clients.map(({ name, count }) =>
        row(t('weekly.client', { name: clientName(name, submission) }), number(count)),
      ),
      ...expiring.map(({ kind, name, expiresAt }) =>
        row(t('weekly.expires', { date: formatMoment(expiresAt, locale) }), t(`weekly.expiring.${kind}`, { name })),
      ),
    ],
    how: null,
    why: t('weekly.why'),
    open: t('weekly.open'),
    url: new URL('/overview', baseUrl).href,
  }
}

/** A name must not break the line. */
const row = (label: string, value: string): [string, string] => [oneLine(label), oneLine(value)]

/** What the outbox itself gives as a reason has a text on the Messages page. */
const titleOf = (code: string, locale: Locale): string =>
  translatorFor(locale, 'messages').lookUp(`reason.${code}`) ??
  remedy(isDiagnosisCode(code) ? code : 'unrecognised', {}, locale).title

export const weeklyNotice = (week: Week, facts: WeeklyFacts, deliveryId: string, at: Date): OtherNotice => ({
  occasion: 'other',
  deliveryId,
  at,
  text: (locale, baseUrl) => weeklyText(week, facts, locale, baseUrl),
  event: (baseUrl) => ({ type: 'weekly-report', ...week, ...facts, url: new URL('/overview', baseUrl).href }),
})
