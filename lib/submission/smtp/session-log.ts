import { addressBucket } from '../../access/client-address'
import type { Db } from '../../db/client'
import type { Logger } from '../../kernel/log'
import { MINUTE_MS, SECOND_MS } from '../../kernel/time'
import { noteSightings, type Sighting } from '../store/clients'
import { insertSessions } from '../store/sessions'
import type { SessionRecord } from './session-record'

const WRITE_EVERY_MS = SECOND_MS
/** Sessions that wait to be written. While the database is away, the oldest are dropped: they are a log, and mail is not in it. */
const WAITING_MAX = 5_000
/** Connections that are not even let in are recorded once in this time for each address: a flood of them must not displace the others. */
const TURNED_AWAY_EVERY_MS = MINUTE_MS
const ADDRESSES_MAX = 10_000

/** Stores ended sessions and when clients were last active, once a second. */
export function createSessionLog(db: Db, log: Pick<Logger, 'warn'>) {
  let waiting: SessionRecord[] = []
  let sightings = new Map<string, Sighting>()
  let dropped = 0
  let writing: Promise<void> = Promise.resolve()

  async function write(): Promise<void> {
    const [sessions, latest] = [waiting, [...sightings.values()]]
    if (sessions.length === 0 && latest.length === 0) return
    waiting = []
    sightings = new Map()
    try {
      await insertSessions(db, sessions)
      await noteSightings(db, latest)
      if (dropped > 0) log.warn('SMTP sessions were not recorded', { count: dropped })
      dropped = 0
    } catch (error) {
      dropped += Math.max(0, sessions.length + waiting.length - WAITING_MAX)
      waiting = [...sessions, ...waiting].slice(-WAITING_MAX)
      for (const sighting of latest) if (!sightings.has(sighting.id)) sightings.set(sighting.id, sighting)
      log.warn('SMTP sessions cannot be recorded yet', { error })
    }
  }

  const timer = setInterval(() => {
    writing = writing.then(write)
  }, WRITE_EVERY_MS)

  const turnedAwayAt = new Map<string, number>()

  function add(session: SessionRecord): void {
    if (waiting.length >= WAITING_MAX) {
      waiting.shift()
      dropped++
    }
    waiting.push(session)
  }

  return {
    add,
    /** Notes a connection that was not let in. */
    addTurnedAway(session: SessionRecord): void {
      const startedMs = session.startedAt.getTime()
      const place = addressBucket(session.address)
      if (startedMs - (turnedAwayAt.get(place) ?? 0) < TURNED_AWAY_EVERY_MS) return
      if (turnedAwayAt.size >= ADDRESSES_MAX) turnedAwayAt.clear()
      turnedAwayAt.set(place, startedMs)
      add(session)
    },
    /** Notes where and when a client was active. */
    see(sighting: Sighting): void {
      const before = sightings.get(sighting.id)
      sightings.set(sighting.id, { ...sighting, error: sighting.error ?? before?.error ?? null })
    },
    /** Writes what waits. */
    async close(): Promise<void> {
      clearInterval(timer)
      await writing
      await write()
    },
  }
}
export type SessionLog = ReturnType<typeof createSessionLog>
