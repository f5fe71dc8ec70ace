import { faultTitle } from '../diagnosis'
import { formatsIn } from '../i18n/formats'
import { type Locale, translatorFor } from '../i18n/translations'
import { compareNames, MINUTE_MS } from '../kernel'
import { firstRows, type Notice, type NoticeText, oneLine } from '../notifications/notice'
import { ALL_CLEAR } from './plan'
import type { Alert } from './store'

export type AlertOccasion = 'opened' | 'still' | 'over'

/** What is the case, in one line. */
export const alertTitle = ({ kind, details }: Pick<Alert, 'kind' | 'details'>, locale: Locale): string =>
  translatorFor(locale, 'alerts')(`kind.${kind}.title`, valuesOf(details, locale))

/** What follows from it, and what to do. */
export const alertAdvice = ({ kind, details }: Pick<Alert, 'kind' | 'details'>, locale: Locale): string =>
  translatorFor(locale, 'alerts')(`kind.${kind}.advice`, valuesOf(details, locale))

/** The page of the console on which a person can act. Messages may have waited longer than the list shows at first. */
export function alertPlace({ kind, subject }: Pick<Alert, 'kind' | 'subject'>): string {
  const id = subject.slice(subject.indexOf(':') + 1)
  return {
    'queue-age': '/messages?view=waiting&time=all',
    failures: '/messages?view=failed',
    'server-paused': `/mail-server/${id}`,
    certificate: '/system',
    disk: '/system',
    'client-silent': `/clients/${id}`,
  }[kind]
}

const TIMES = ['since', 'lastAt', 'expiresAt']

/** Times are stored as text; people read them in their language. They are known by name, since a name of a server may look like one. */
const valuesOf = (details: Alert['details'], locale: Locale): Record<string, string | number> => {
  const { moment, spokenDuration, space } = formatsIn(locale)
  return Object.fromEntries([
    ...Object.entries(details).map(([name, value]) => [
      name,
      TIMES.includes(name) && value !== null ? moment(new Date(value)) : (value ?? ''),
    ]),
    ['machine', Number(details.machines) > 1 ? ` (${details.host})` : ''],
    ['free', space(Number(details.freeMib) * 1024 ** 2)],
    ['full', details.full ?? ''],
    ['withCause', details.withCause ?? 0],
    ['share', shareOf(details)],
    ['cause', details.cause ? faultTitle(String(details.cause), locale) : ''],
    ['duration', spokenDuration(Number(details.minutes) * MINUTE_MS)],
  ])
}

/** Which of the failed messages have the most frequent cause. */
function shareOf({ count, withCause }: Alert['details']): 'none' | 'one' | 'all' | 'some' {
  if (!withCause) return 'none'
  if (withCause !== count) return 'some'
  return count === 1 ? 'one' : 'all'
}

function alertText(alert: Alert, occasion: AlertOccasion, at: Date, locale: Locale, baseUrl: URL): NoticeText {
  const t = translatorFor(locale, 'alerts')
  const title = alertTitle(alert, locale)
  const how = occasion === 'over' && alert.details.ended === 'machine-silent' ? 'silent' : occasion
  return {
    ...shared(occasion, locale, baseUrl),
    // That the database is full is in no list of alerts.
    ...(alert.details.full && { how: null }),
    ...(occasion !== 'over' && {
      place: { open: t(`kind.${alert.kind}.open`), url: placeUrl(alert, baseUrl) },
    }),
    title: t(`notice.${how}`, { title }),
    intro:
      how === 'silent' || how === 'over'
        ? t(`notice.${how}Intro`, { title, host: String(alert.details.host) })
        : alertAdvice(alert, locale),
    rows: [
      [t('notice.since'), t.moment(alert.openedAt)],
      ...(occasion === 'over' ? [[t('notice.until'), t.moment(alert.closedAt ?? at)] as [string, string]] : []),
    ],
  }
}

/** Of one kind, with a line for each. */
function severalText(
  alerts: readonly [Alert, ...Alert[]],
  occasion: AlertOccasion,
  locale: Locale,
  baseUrl: URL,
): NoticeText {
  const t = translatorFor(locale, 'alerts')
  const { kind } = alerts[0]
  const several = kind === 'client-silent' || kind === 'server-paused' ? kind : 'other'
  const rows = alerts.map((alert): [string, string] => [
    oneLine(alertTitle(alert, locale)),
    t(`notice.line.${occasion === 'over' ? 'over' : 'open'}`, {
      since: t.moment(alert.openedAt),
      until: alert.closedAt ? t.moment(alert.closedAt) : '',
    }),
  ])
  rows.sort(([one], [other]) => compareNames(one, other))
  return {
    ...shared(occasion, locale, baseUrl),
    title: t(`notice.${occasion}`, { title: t(`notice.several.${several}`, { count: alerts.length }) }),
    intro: t(occasion === 'over' ? 'notice.severalOver' : 'notice.severalOpen'),
    rows: firstRows(rows, (count) => t('notice.more', { count })),
  }
}

function shared(occasion: AlertOccasion, locale: Locale, baseUrl: URL) {
  const t = translatorFor(locale, 'alerts')
  const how = occasion === 'over' ? null : t('notice.how')
  return { how, why: t('notice.why'), open: t('notice.open'), url: alertsUrl(baseUrl) }
}

const placeUrl = (alert: Alert, baseUrl: URL): string => new URL(alertPlace(alert), baseUrl).href
const alertsUrl = (baseUrl: URL): string => new URL('/credentials/alerts', baseUrl).href

/** Alerts for every kind of channel: one on its own, or several of one kind. */
export function alertNotice(
  alerts: readonly [Alert, ...Alert[]],
  number: number,
  at: Date,
): Pick<Notice, 'text' | 'event'> {
  const unsolved = number === 0 ? 'opened' : 'still'
  const occasion = number === ALL_CLEAR ? 'over' : unsolved
  const [first, ...more] = alerts
  if (more.length === 0)
    return {
      text: (locale, baseUrl) => alertText(first, occasion, at, locale, baseUrl),
      event: (baseUrl) => ({ ...eventOf(first, occasion, baseUrl), url: alertsUrl(baseUrl) }),
    }
  return {
    text: (locale, baseUrl) => severalText(alerts, occasion, locale, baseUrl),
    event: (baseUrl) => ({
      type: 'alerts.digest',
      alert: null,
      alerts: alerts.map((alert) => eventOf(alert, occasion, baseUrl)),
      url: alertsUrl(baseUrl),
    }),
  }
}

const eventOf = (alert: Alert, occasion: AlertOccasion, baseUrl: URL) => {
  const { id, kind, subject, details, openedAt, closedAt } = alert
  return {
    type: `alert.${occasion}`,
    alert: {
      id,
      kind,
      subject: subject || null,
      details,
      openedAt: openedAt.toISOString(),
      closedAt: closedAt?.toISOString() ?? null,
    },
    ...(occasion !== 'over' && { placeUrl: placeUrl(alert, baseUrl) }),
  }
}
