import { formatsIn } from '../i18n/formats'
import type { Locale } from '../i18n/locale'
import { translatorFor } from '../i18n/translations'
import { MINUTE_MS } from '../kernel'
import type { Notice, NoticeText } from '../notifications/notice'
import { ALL_CLEAR } from './plan'
import type { Alert } from './store'

export type AlertOccasion = 'opened' | 'still' | 'over'

/** What is the case, in one line. */
export function alertTitle({ kind, details }: Pick<Alert, 'kind' | 'details'>, locale: Locale): string {
  return translatorFor(locale, 'alerts')(`kind.${kind}.title`, valuesOf(details, locale))
}

/** What follows from it, and what to do. */
export function alertAdvice({ kind, details }: Pick<Alert, 'kind' | 'details'>, locale: Locale): string {
  return translatorFor(locale, 'alerts')(`kind.${kind}.advice`, valuesOf(details, locale))
}

const TIMES = ['since', 'lastAt', 'expiresAt']

/** Times are stored as text; people read them in their language. They are known by name, since a name of a server may look like one. */
const valuesOf = (details: Alert['details'], locale: Locale): Record<string, string | number> => {
  const { moment, spokenDuration } = formatsIn(locale)
  return Object.fromEntries([
    ...Object.entries(details).map(([name, value]) => [
      name,
      TIMES.includes(name) && value !== null ? moment(new Date(value)) : (value ?? ''),
    ]),
    ['duration', spokenDuration(Number(details.minutes) * MINUTE_MS)],
  ])
}

const occasionOf = (number: number): AlertOccasion =>
  number === ALL_CLEAR ? 'over' : number === 0 ? 'opened' : 'still'

function alertText(alert: Alert, occasion: AlertOccasion, at: Date, locale: Locale, baseUrl: URL): NoticeText {
  const t = translatorFor(locale, 'alerts')
  const title = alertTitle(alert, locale)
  return {
    title: t(`notice.${occasion}`, { title }),
    intro: occasion === 'over' ? t('notice.overIntro', { title }) : alertAdvice(alert, locale),
    rows: [
      [t('notice.since'), t.moment(alert.openedAt)],
      ...(occasion === 'over' ? [[t('notice.until'), t.moment(alert.closedAt ?? at)] as [string, string]] : []),
    ],
    how: occasion === 'over' ? null : t('notice.how'),
    why: t('notice.why'),
    open: t('notice.open'),
    url: new URL('/credentials/alerts', baseUrl).href,
  }
}

/** An alert for every kind of channel. */
export function alertNotice(alert: Alert, number: number, at: Date): Pick<Notice, 'text' | 'event'> {
  const occasion = occasionOf(number)
  const { id, kind, subject, details, openedAt, closedAt } = alert
  return {
    text: (locale, baseUrl) => alertText(alert, occasion, at, locale, baseUrl),
    event: (baseUrl) => ({
      type: `alert.${occasion}`,
      alert: {
        id,
        kind,
        subject: subject || null,
        details,
        openedAt: openedAt.toISOString(),
        closedAt: closedAt?.toISOString() ?? null,
      },
      url: new URL('/credentials/alerts', baseUrl).href,
    }),
  }
}
