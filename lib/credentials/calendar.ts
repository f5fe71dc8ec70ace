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
import { FEEDS_LOCK } from '../db/locks'
import { type Locale, type Translator, translatorFor } from '../i18n/translations'
import { bind, type Caller, DAY_MS, newId } from '../kernel'
import type { Credentials } from './index'
import { credentialUrl } from './reminders/notice'
import { calendarNamespace, feedsInUse, listFeeds, readFeed as readStoredFeed } from './store/calendar-feeds'
import { readWatch } from './store/watch-settings'
import { type ExpiringView, holderOf } from './views'

interface CalendarDeps extends DbDeps {
  /** The console's address: what links lead to. Its host ends the UIDs of consoles that had no stored namespace yet. */
  baseUrl: URL
  credentials: Pick<Credentials, 'expiring' | 'measured'>
}

/** A calendar is read every few hours; an office behind one address has many calendars. */
const READS = { name: 'calendar-read', points: 60, perSeconds: 60 }

/** Private calendar addresses, and calendar files to import by hand. */
export const createCalendar = (deps: CalendarDeps) => ({
  ...bind(deps, { createFeed, revokeFeed, readFeed, file }),
  ...bind(deps.db, { feeds: listFeeds, feedsInUse }),
  /** Limits reads of private addresses by client address, because readers have no account. */
  reads: createLimiter(deps.db, READS),
})

const TOKEN_BYTES = 32
/** Base64url of 32 bytes. Any other text is not a token, and the database is not queried for it. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/

/** A token has enough random bits, so a slow digest is not needed. */
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

/** Addresses that one person may have in use. Anyone who knows one can read it until it is revoked. */
export const FEEDS_MAX = 50

/**
 * @returns the secret part of the address, which is shown once and cannot be read again; null if the person has as many addresses in use
 *   as there may be
 */
async function createFeed(
  deps: CalendarDeps,
  caller: Caller,
  { name, locale }: { name: string; locale: Locale },
  keep?: Keep<{ token: string }>,
): Promise<{ id: string; token: string } | null> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  const id = newId()
  const createdBy = caller.actor.kind === 'operator' ? caller.actor.email : 'command line'
  const feed = { id, name, locale, createdBy, tokenHash: hashOf(token) }
  const entry = auditEntry('calendar.create', caller, `calendar:${id}`, { name })
  const isMade = await audited(deps, entry, async (tx, createdAt) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${FEEDS_LOCK})`
    if ((await tx.calendarFeed.count({ where: { createdBy, revokedAt: null } })) >= FEEDS_MAX) return { count: 0 }
    await keep?.(tx, { token })
    return tx.calendarFeed.createMany({ data: [{ ...feed, createdAt }] })
  })
  return isMade ? { id, token } : null
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
  const options = { ...(await eventOptions(deps)), locale: feed.locale, now, isFeed: true }
  return calendarFile(await deps.credentials.measured(), options)
}

/** One credential's event, cancelled if it was replaced. Null if there is no such credential or it has no expiry date. */
async function file(deps: CalendarDeps, credentialId: string, locale: Locale): Promise<string | null> {
  const credential = (await deps.credentials.expiring([credentialId])).find(({ id }) => id === credentialId)
  if (!credential || !dayOf(credential)) return null
  return calendarFile([credential], { ...(await eventOptions(deps)), locale, now: deps.clock.now(), isFeed: false })
}

async function eventOptions({ db, baseUrl }: CalendarDeps) {
  const [{ thresholdsDays }, namespace] = await Promise.all([readWatch(db), calendarNamespace(db, baseUrl.hostname)])
  return { thresholdsDays, namespace, baseUrl }
}

/** The day of an event. A credential that was replaced or removed, and has lost its date, had an event if it ever had a date. */
const dayOf = ({ expiresAt, expiryVersion, removedAt, replacedAt }: ExpiringView): Date | null =>
  expiresAt ?? (expiryVersion > 1 ? (removedAt ?? replacedAt) : null)

/** An alarm at nine in the morning is noticed; one at midnight is not. The alarm of the day itself rings at midnight, before it is too late. */
const ALARM_HOUR = 9

/** How often a subscriber is asked to read the feed. Outlook and Google choose their own interval of some hours. */
const REFRESH_S = 6 * 60 * 60

interface CalendarFileOptions {
  locale: Locale
  now: Date
  /** A subscription says how often it is to be read. */
  isFeed: boolean
  /** The console's own address, which is the only one that is linked to. */
  baseUrl: URL
  /** How many days before the expiry date an alarm rings. */
  thresholdsDays: readonly number[]
  /** Never changes, so that an event keeps its UID for good. */
  namespace: string
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
export function calendarFile(views: readonly ExpiringView[], options: CalendarFileOptions): string {
  const { locale, isFeed } = options
  const t = translatorFor(locale, 'calendar')
  const calendar = ical({
    name: t('name'),
    prodId: { company: 'Postroom', product: 'Credentials', language: locale.toUpperCase() },
    ...(isFeed && { ttl: REFRESH_S }),
  })
  const events = views.flatMap((view) => eventOf(view, t, options) ?? [])
  for (const event of events) calendar.createEvent(event)
  const lines = calendar.toString().split('\r\n')
  if (events.length === 0) lines.splice(-1, 0, ...TIME_ZONE)
  // RFC 5545 §3.1 ends every line, the last one too.
  return `${lines.join('\r\n')}\r\n`
}

/**
 * The expiry of one credential or API key, as a whole day without a time zone. The event of a replaced or removed one is cancelled; the
 * credential that takes its place has its own event.
 */
function eventOf(
  credential: ExpiringView,
  t: Translator<'calendar'>,
  { now, isFeed, baseUrl, thresholdsDays, namespace }: CalendarFileOptions,
): ICalEventData | null {
  const { id, kind, note, expiresAt, expiryVersion, slot, removedAt } = credential
  const isCancelled = slot === 'previous' || removedAt !== null || expiresAt === null
  const day = dayOf(credential)
  // A reader of a subscription removes events that are no longer in it, and some show a cancelled event as an ordinary one.
  if (!day || (isFeed && isCancelled)) return null
  const kindName = t(`kind.${kind}`)
  const { name: server, address: sender } = holderOf(credential)
  const link = credentialUrl(credential, baseUrl)
  const ofServer = kind === 'smtp-password' ? 'passwordDescription' : 'description'
  const description = kind === 'api-key' ? 'keyDescription' : ofServer
  return {
    /** The same for the whole life of the credential (RFC 5545 §3.8.4.7). */
    id: `credential-${id}@${namespace}`,
    /** Increases with each change of the date, and once more when the event is cancelled (§3.8.7.4). */
    sequence: expiryVersion - 1 + (isCancelled ? 1 : 0),
    stamp: now,
    start: new Date(Math.floor(day.getTime() / DAY_MS) * DAY_MS),
    allDay: true,
    summary: t(isCancelled ? 'cancelled' : 'summary', { kind: kindName, server }),
    description: {
      plain: t(isCancelled ? 'cancelledDescription' : description, {
        when: t.time(expiresAt ?? day),
        sender,
        server,
        noted: note === '' ? 'no' : 'yes',
        note,
        link,
      }),
    },
    url: link,
    class: ICalEventClass.PRIVATE,
    status: isCancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    transparency: ICalEventTransparency.TRANSPARENT,
    busystatus: ICalEventBusyStatus.FREE,
    alarms: (isCancelled ? [] : thresholdsDays).map((days) => ({
      type: ICalAlarmType.display,
      triggerBefore: Math.max(0, days * 86_400 - ALARM_HOUR * 3_600),
      description: t('alarm', { days, kind: kindName, server }),
    })),
  }
}
