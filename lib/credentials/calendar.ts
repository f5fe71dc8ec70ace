import { createHash, randomBytes } from 'node:crypto'
import ical, {
  ICalAlarmType,
  ICalEventBusyStatus,
  ICalEventClass,
  type ICalEventData,
  ICalEventStatus,
  ICalEventTransparency,
} from 'ical-generator'
import { createLimiter } from '../access/rate-limits'
import { auditEntry, audited } from '../audit'
import { type DbDeps, type Keep, named } from '../db'
import type { Locale } from '../i18n/locale'
import { type Translator, translatorFor } from '../i18n/translations'
import { bind, type Caller, DAY_MS, newId } from '../kernel'
import { credentialUrl } from './reminders/notice'
import { calendarNamespace, listFeeds, readFeed as readStoredFeed } from './store/calendar-feeds'
import { readWatch } from './store/watch-settings'
import { type ExpiringView, holderOf } from './views'

interface CalendarDeps extends DbDeps {
  /** The console's address: what links lead to. Its host ends the UIDs of consoles that had no stored namespace yet. */
  baseUrl: URL
  credentials: { expiring(): Promise<ExpiringView[]> }
}

/** A calendar is read every few hours; an office behind one address has many calendars. */
const READS = { name: 'calendar-read', points: 60, perSeconds: 60 }

/** Private calendar addresses, and calendar files to import by hand. */
export const createCalendar = (deps: CalendarDeps) => ({
  ...bind(deps, { createFeed, revokeFeed, readFeed, file }),
  ...bind(deps.db, { feeds: listFeeds }),
  /** Limits reads of private addresses by client address, because readers have no account. */
  reads: createLimiter(deps.db, READS),
})

const TOKEN_BYTES = 32
/** Base64url of 32 bytes. Any other text is not a token, and the database is not queried for it. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/

/** A token has enough random bits, so a slow digest is not needed. */
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

/** @returns the secret part of the address, which is shown once and cannot be read again */
async function createFeed(
  deps: CalendarDeps,
  caller: Caller,
  { name, locale }: { name: string; locale: Locale },
  keep?: Keep<{ token: string }>,
): Promise<{ id: string; token: string }> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  const id = newId()
  const createdBy = caller.actor.kind === 'operator' ? caller.actor.email : 'command line'
  const feed = { id, name, locale, createdBy, tokenHash: hashOf(token) }
  await audited(deps, auditEntry('calendar.create', caller, `calendar:${id}`, { name }), async (tx, createdAt) => {
    await keep?.(tx, { token })
    return tx.calendarFeed.createMany({ data: [{ ...feed, createdAt }] })
  })
  return { id, token }
}

/** @returns false if there is no such feed, or if it was already revoked */
const revokeFeed = (deps: CalendarDeps, caller: Caller, id: string): Promise<boolean> =>
  audited(deps, auditEntry('calendar.revoke', caller, `calendar:${id}`), (tx, revokedAt) =>
    tx.calendarFeed.updateMany({ where: { id: named(id), revokedAt: null }, data: { revokedAt } }),
  )

/** The calendar behind a private address, or null if there is no such address or it was revoked. */
async function readFeed(deps: CalendarDeps, token: string): Promise<string | null> {
  if (!TOKEN.test(token)) return null
  const now = deps.clock.now()
  const feed = await readStoredFeed(deps.db, hashOf(token), now)
  if (!feed) return null
  // A reader of a subscription removes events that are no longer in it, and some show a cancelled event as an ordinary one.
  const current = (await events(deps)).filter(({ isCancelled }) => !isCancelled)
  return calendarFile(current, { locale: feed.locale, now, isFeed: true, baseUrl: deps.baseUrl })
}

/** One credential's event, cancelled if it was replaced. Null if there is no such credential or it has no expiry date. */
async function file(deps: CalendarDeps, credentialId: string, locale: Locale): Promise<string | null> {
  const own = (await events(deps)).filter(({ credential }) => credential.id === credentialId)
  if (own.length === 0) return null
  return calendarFile(own, { locale, now: deps.clock.now(), isFeed: false, baseUrl: deps.baseUrl })
}

async function events({ db, credentials, baseUrl }: CalendarDeps): Promise<CalendarEvent[]> {
  const [views, { thresholdsDays }, namespace] = await Promise.all([
    credentials.expiring(),
    readWatch(db),
    calendarNamespace(db, baseUrl.hostname),
  ])
  return calendarEvents(views, { thresholdsDays, namespace })
}

/** An alarm at nine in the morning is noticed; one at midnight is not. The alarm of the day itself rings at midnight, before it is too late. */
const ALARM_HOUR = 9

/** The expiry of one credential or API key, as a whole day without a time zone. */
type CalendarEvent = ReturnType<typeof calendarEvents>[number]

/**
 * One event for each credential that has an expiry date. The event of a replaced or removed one is cancelled; the credential
 * that takes its place has its own event.
 *
 * @param namespace never changes, so that an event keeps its UID for good
 */
export function calendarEvents(
  views: readonly ExpiringView[],
  { thresholdsDays, namespace }: { thresholdsDays: readonly number[]; namespace: string },
) {
  return views.flatMap((credential) => {
    const { expiresAt, slot, replacedAt, removedAt, expiryVersion, id } = credential
    const isCancelled = slot === 'previous' || removedAt !== null || expiresAt === null
    const day = expiresAt ?? (expiryVersion > 1 ? (removedAt ?? replacedAt) : null)
    if (!day) return []
    return {
      credential,
      /** The same for the whole life of the credential (RFC 5545 §3.8.4.7). */
      uid: `credential-${id}@${namespace}`,
      /** Increases with each change of the date, and once more when the event is cancelled (§3.8.7.4). */
      sequence: expiryVersion - 1 + (isCancelled ? 1 : 0),
      /** Midnight UTC of the day on which it expires. */
      day: new Date(Math.floor(day.getTime() / DAY_MS) * DAY_MS),
      isCancelled,
      /** How many seconds before the day of the expiry begins each alarm rings. */
      alarms: (isCancelled ? [] : thresholdsDays).map((daysBefore) => ({
        daysBefore,
        secondsBefore: Math.max(0, daysBefore * 86_400 - ALARM_HOUR * 3_600),
      })),
    }
  })
}

/** How often a subscriber is asked to read the feed. Outlook and Google choose their own interval of some hours. */
const REFRESH_S = 6 * 60 * 60

interface CalendarFileOptions {
  locale: Locale
  now: Date
  /** A subscription says how often it is to be read. */
  isFeed: boolean
  /** The console's own address, which is the only one that is linked to. */
  baseUrl: URL
}

/** A calendar has a component (RFC 5545 §3.6), and an empty feed must be valid, so that its events disappear. No program shows a time zone. */
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
export function calendarFile(events: readonly CalendarEvent[], { locale, now, isFeed, baseUrl }: CalendarFileOptions) {
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
  const link = credentialUrl(credential, baseUrl)
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
