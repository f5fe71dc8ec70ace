import { createHash, randomBytes } from 'node:crypto'
import { createLimiter } from '../access/rate-limits'
import { auditEntry } from '../audit/entry'
import type { Locale } from '../i18n/locale'
import type { Caller } from '../kernel/actor'
import { bind } from '../kernel/bind'
import { newId } from '../kernel/ids'
import { type CalendarEvent, calendarEvents, calendarFile } from './calendar-file'
import type { CredentialsDeps } from './deps'
import {
  calendarNamespace,
  insertFeed,
  listFeeds,
  readFeed as readStoredFeed,
  revokeFeed as revokeStoredFeed,
} from './store/calendar-feeds'
import { readWatch } from './store/watch-settings'
import type { ExpiringView } from './views'

interface CalendarDeps extends Pick<CredentialsDeps, 'db' | 'clock'> {
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
  { db, clock }: CalendarDeps,
  caller: Caller,
  { name, locale }: { name: string; locale: Locale },
): Promise<{ id: string; token: string }> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  const id = newId()
  const createdBy = caller.actor.kind === 'operator' ? caller.actor.email : 'command line'
  const feed = { id, name, locale, createdBy, createdAt: clock.now(), tokenHash: hashOf(token) }
  await insertFeed(db, feed, auditEntry('calendar.create', caller, `calendar:${id}`, { name }))
  return { id, token }
}

/** @returns false if there is no such feed, or if it was already revoked */
const revokeFeed = ({ db, clock }: CalendarDeps, caller: Caller, id: string): Promise<boolean> =>
  revokeStoredFeed(db, id, clock.now(), auditEntry('calendar.revoke', caller, `calendar:${id}`))

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
