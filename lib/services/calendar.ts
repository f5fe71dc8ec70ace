import { createHash, randomBytes } from 'node:crypto'
import type { Limiter } from '../access/limits'
import { createLimiter } from '../access/rate-limits'
import type { Environment } from '../config/environment'
import type { Credentials } from '../credentials'
import { type CalendarFeeds, createCalendar } from '../credentials/calendar'
import { calendarFile } from '../credentials/calendar-file'
import { createFeedStore } from '../credentials/store/calendar-feeds'
import { createCredentialStore } from '../credentials/store/credentials'
import type { Db } from '../db/client'
import type { CredentialsServiceDeps } from './credentials'

const TOKEN_BYTES = 32
/** A calendar asks every few hours; an office behind one address has many calendars. */
const READS = { name: 'calendar-read', points: 60, perSeconds: 60 }

export const calendarReads = (db: Db): Limiter => createLimiter(db, READS)

export function composeCalendar({
  environment: { baseUrl, clouds },
  credentials,
  ...stored
}: Pick<CredentialsServiceDeps, 'db' | 'clock' | 'vault'> & {
  environment: Pick<Environment, 'baseUrl' | 'clouds'>
  credentials: Pick<Credentials, 'list'>
}): CalendarFeeds {
  const store = createCredentialStore({ ...stored, clouds })
  return createCalendar({
    feeds: createFeedStore(stored.db),
    clock: stored.clock,
    newToken: () => randomBytes(TOKEN_BYTES).toString('base64url'),
    // So many random bits need no slow digest: nobody guesses them.
    hashOf: (token) => createHash('sha256').update(token).digest('hex'),
    views: () => credentials.list(),
    thresholdsDays: async () => (await store.watch()).thresholdsDays,
    render: (events, as) => calendarFile(events, { ...as, baseUrl }),
    host: baseUrl.hostname,
  })
}
