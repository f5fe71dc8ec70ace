import type { Limiter } from '../access/rate-limits'
import { createLimiter } from '../access/rate-limits'
import type { Db } from '../db/client'

/** A calendar is read every few hours; an office behind one address has many calendars. */
const READS = { name: 'calendar-read', points: 60, perSeconds: 60 }

export const calendarReads = (db: Db): Limiter => createLimiter(db, READS)
