import type { AuditEntry } from '../audit/entry'
import type { Locale } from '../i18n/locale'
import type { Caller } from '../kernel/actor'
import type { Clock } from '../kernel/clock'
import { newId } from '../kernel/ids'
import { DAY_MS } from '../kernel/time'
import type { CredentialView } from './deps'

/** An alarm at nine in the morning is seen; one at midnight is not. That of the day itself rings as it begins: later is too late. */
const ALARM_HOUR = 9

/** The end of one credential, as a whole day without a zone. */
export interface CalendarEvent {
  credential: CredentialView
  /** Stays the same for the credential's whole life (RFC 5545 §3.8.4.7). */
  uid: string
  /** Grows with each change of date, and once more when the event is cancelled (§3.8.7.4). */
  sequence: number
  /** Midnight UTC of the day on which it ends. */
  day: Date
  isCancelled: boolean
  /** Days before the end, and how many seconds before that day begins it rings. */
  alarms: { daysBefore: number; secondsBefore: number }[]
}

/**
 * One event for each credential that has an expiry date. The event of a replaced or removed one is cancelled; the credential
 * that takes its place has its own event.
 *
 * @param namespace never changes, so that an event keeps its UID for good
 */
export function calendarEvents(
  views: readonly CredentialView[],
  { thresholdsDays, namespace }: { thresholdsDays: readonly number[]; namespace: string },
): CalendarEvent[] {
  return views.flatMap((credential) => {
    const { expiresAt, slot, replacedAt, removedAt, expiryVersion, id } = credential
    const isCancelled = slot === 'previous' || removedAt !== null || expiresAt === null
    const day = expiresAt ?? (expiryVersion > 1 ? (removedAt ?? replacedAt) : null)
    if (!day) return []
    return {
      credential,
      uid: `credential-${id}@${namespace}`,
      sequence: expiryVersion - 1 + (isCancelled ? 1 : 0),
      day: new Date(Math.floor(day.getTime() / DAY_MS) * DAY_MS),
      isCancelled,
      alarms: isCancelled ? [] : alarmsAt(thresholdsDays),
    }
  })
}

const alarmsAt = (thresholdsDays: readonly number[]): CalendarEvent['alarms'] =>
  thresholdsDays.map((daysBefore) => ({
    daysBefore,
    secondsBefore: Math.max(0, daysBefore * 86_400 - ALARM_HOUR * 3_600),
  }))

// ── Private addresses ───────────────────────────────────────────────────────────────────────────────────────────────

/** A private calendar address as people see it; the address itself is shown once, when it is made. */
export interface CalendarFeed {
  id: string
  name: string
  locale: Locale
  createdBy: string
  createdAt: Date
  lastReadAt: Date | null
  revokedAt: Date | null
}

export interface FeedStore {
  /** Newest first, revoked ones last. */
  list(): Promise<CalendarFeed[]>
  create(feed: Omit<CalendarFeed, 'lastReadAt' | 'revokedAt'> & { tokenHash: string }, audit: AuditEntry): Promise<void>
  /** False: there is none, or it is revoked already. */
  revoke(id: string, at: Date, audit: AuditEntry): Promise<boolean>
  /** The stored end of every UID. Where none is stored yet, `otherwise` is stored and stays. */
  namespace(otherwise: string): Promise<string>
  /** Null also for a revoked one. Notes when it was read, to the hour. */
  byTokenHash(tokenHash: string, now: Date): Promise<CalendarFeed | null>
}

export interface CalendarDeps {
  feeds: FeedStore
  clock: Clock
  /** 256 random bits, base64url, and the digest that is stored in their place. */
  newToken(): string
  hashOf(token: string): string
  views(): Promise<CredentialView[]>
  thresholdsDays(): Promise<number[]>
  /** RFC 5545 text, in one language. */
  render(events: readonly CalendarEvent[], as: { locale: Locale; now: Date; isFeed: boolean }): string
  /** The host of the console's address: the end of the UIDs that consoles gave out before they had a namespace. */
  host: string
}

export interface CalendarFeeds {
  feeds(): Promise<CalendarFeed[]>
  /** The token is the address's secret part: it is told once and cannot be read again. */
  createFeed(caller: Caller, wish: { name: string; locale: Locale }): Promise<{ id: string; token: string }>
  revokeFeed(caller: Caller, id: string): Promise<boolean>
  /** The calendar behind a private address; null: no such address, or it was revoked. */
  readFeed(token: string): Promise<string | null>
  /** One credential's event, to import by hand, cancelled if it was replaced. Null if there is no such credential or it has no expiry date. */
  file(credentialId: string, locale: Locale): Promise<string | null>
}

/** Base64url of 32 bytes. Anything else is no token, and no database is asked for it. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/

export function createCalendar(deps: CalendarDeps): CalendarFeeds {
  const { feeds, clock, host } = deps

  async function events(): Promise<CalendarEvent[]> {
    const [views, thresholdsDays, namespace] = await Promise.all([
      deps.views(),
      deps.thresholdsDays(),
      feeds.namespace(host),
    ])
    return calendarEvents(views, { thresholdsDays, namespace })
  }

  return {
    feeds: () => feeds.list(),

    async createFeed(caller, { name, locale }) {
      const token = deps.newToken()
      const id = newId()
      const createdBy = caller.actor.kind === 'operator' ? caller.actor.email : 'command line'
      await feeds.create(
        { id, name, locale, createdBy, createdAt: clock.now(), tokenHash: deps.hashOf(token) },
        entry('calendar.create', caller, id, { name }),
      )
      return { id, token }
    },

    revokeFeed: (caller, id) => feeds.revoke(id, clock.now(), entry('calendar.revoke', caller, id, {})),

    async readFeed(token) {
      if (!TOKEN.test(token)) return null
      const now = clock.now()
      const feed = await feeds.byTokenHash(deps.hashOf(token), now)
      if (!feed) return null
      // Every reader of a subscription removes what is no longer in it; some show a cancelled event as an ordinary one.
      const current = (await events()).filter(({ isCancelled }) => !isCancelled)
      return deps.render(current, { locale: feed.locale, now, isFeed: true })
    },

    async file(credentialId, locale) {
      const now = clock.now()
      const own = (await events()).filter(({ credential }) => credential.id === credentialId)
      return own.length === 0 ? null : deps.render(own, { locale, now, isFeed: false })
    },
  }
}

function entry(
  action: 'calendar.create' | 'calendar.revoke',
  { actor, origin }: Caller,
  id: string,
  details: AuditEntry['details'],
): AuditEntry {
  return { action, actor, origin, result: 'done', subject: `calendar:${id}`, details }
}
