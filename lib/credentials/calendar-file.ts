import ical, {
  ICalAlarmType,
  ICalEventBusyStatus,
  ICalEventClass,
  type ICalEventData,
  ICalEventStatus,
  ICalEventTransparency,
} from 'ical-generator'
import type { Locale } from '../i18n/locale'
import { type Translator, translatorFor } from '../i18n/translations'
import type { CalendarEvent } from './calendar-events'
import { noticeUrl } from './reminders/text'
import { holderOf } from './views'

/** How often a subscriber is asked to read the feed. Outlook and Google choose their own interval of some hours. */
const REFRESH_S = 6 * 60 * 60

export interface CalendarFileOptions {
  locale: Locale
  now: Date
  /** A subscription says how often it is to be read. */
  isFeed: boolean
  /** The console's own address, which is the only one that is linked to. */
  baseUrl: URL
}

/**
 * A calendar has at least one component (RFC 5545 §3.6), and a feed without events must be valid too, so that events which were in it
 * disappear. Programs do not display a time zone.
 */
const TIME_ZONE = [
  'BEGIN:VTIMEZONE',
  'TZID:UTC',
  'BEGIN:STANDARD',
  'DTSTART:19700101T000000',
  'TZOFFSETFROM:+0000',
  'TZOFFSETTO:+0000',
  'TZNAME:UTC',
  'END:STANDARD',
  'END:VTIMEZONE',
]

/**
 * RFC 5545 text, without a METHOD: it is stored data and not a message between an organizer and attendees, for which RFC 5546 would
 * require an ORGANIZER. Days are whole days without a time zone, so every calendar shows the same day. Alarms ring at nine if the
 * calendar supports them (a subscription in Outlook or Google does not).
 */
export function calendarFile(
  events: readonly CalendarEvent[],
  { locale, now, isFeed, baseUrl }: CalendarFileOptions,
): string {
  const t = translatorFor(locale, 'calendar')
  const calendar = ical({
    name: t('name'),
    prodId: { company: 'Postroom', product: 'Credentials', language: locale.toUpperCase() },
    ...(isFeed && { ttl: REFRESH_S }),
  })
  for (const event of events) calendar.createEvent(eventData(event, t, now, baseUrl))
  const lines = calendar.toString().split('\r\n')
  if (events.length === 0) lines.splice(-1, 0, ...TIME_ZONE)
  // RFC 5545 §3.1 ends every line, the last one too.
  return `${lines.join('\r\n')}\r\n`
}

function eventData(
  { credential, uid, sequence, day, isCancelled, alarms }: CalendarEvent,
  t: Translator<'calendar'>,
  now: Date,
  baseUrl: URL,
): ICalEventData {
  const { note, expiresAt } = credential
  const kind = t(`kind.${credential.kind}`)
  const { name: server, address: sender } = holderOf(credential)
  const link = noticeUrl({ credential }, baseUrl)
  const { kind: of } = credential
  const description =
    of === 'api-key' ? 'keyDescription' : of === 'smtp-password' ? 'passwordDescription' : 'description'
  return {
    id: uid,
    sequence,
    stamp: now,
    start: day,
    allDay: true,
    summary: t(isCancelled ? 'cancelled' : 'summary', { kind, server }),
    description: {
      plain: t(isCancelled ? 'cancelledDescription' : description, {
        when: (expiresAt ?? day).toISOString().slice(0, 16).replace('T', ' '),
        sender,
        server,
        note: note === '' ? 'none' : note,
        link,
      }),
    },
    url: link,
    class: ICalEventClass.PRIVATE,
    status: isCancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    transparency: ICalEventTransparency.TRANSPARENT,
    busystatus: ICalEventBusyStatus.FREE,
    alarms: alarms.map(({ daysBefore, secondsBefore }) => ({
      type: ICalAlarmType.display,
      triggerBefore: secondsBefore,
      description: t('alarm', { days: daysBefore, kind, server }),
    })),
  }
}
