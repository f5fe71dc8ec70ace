import { createHash, randomBytes } from 'node:crypto'
import type { Limiter } from '../access/limits'
import type { CredentialsRoom } from '../credentials'
import { type CalendarRoom, createCalendar } from '../credentials/calendar'
import { createFeedStore } from '../db/calendar-feeds'
import type { Db } from '../db/client'
import { createCredentialStore } from '../db/credentials'
import { createLimiter } from '../db/limits'
import { calendarFile } from '../notify/calendar-file'
import type { CredentialsWiring } from './credentials'
import type { Environment } from './environment'

const TOKEN_BYTES = 32
/** A calendar asks every few hours; an office behind one address has many calendars. */
const READS = { name: 'calendar-read', points: 60, perSeconds: 60 }

export const calendarReads = (db: Db): Limiter => createLimiter(db, READS)

export function calendarRoom({
  environment: { baseUrl, clouds },
  credentials,
  ...stored
}: Pick<CredentialsWiring, 'db' | 'clock' | 'vault'> & {
  environment: Pick<Environment, 'baseUrl' | 'clouds'>
  credentials: Pick<CredentialsRoom, 'list'>
}): CalendarRoom {
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
