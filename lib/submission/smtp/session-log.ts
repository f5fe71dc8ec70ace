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
/** Sessions of no client that are recorded in a minute, so that a flood of them neither displaces the others nor fills the disk. */
const STRANGERS_PER_MINUTE = 1_000
/** Of them, those of one address or IPv6 /64. */
const STRANGERS_PER_ADDRESS = 20
/** Of these, connections that were not even let in. */
const TURNED_AWAY_PER_ADDRESS = 1

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
      for (const sighting of latest)
        sightings.set(sighting.id, merged(sighting, sightings.get(sighting.id) ?? sighting))
      log.warn('SMTP sessions cannot be recorded yet', { error })
    }
  }

  const timer = setInterval(() => {
    writing = writing.then(write)
  }, WRITE_EVERY_MS)

  let minute = { endsMs: 0, recorded: 0, recordedOf: new Map<string, number>() }

  /** Whether another session of no client may be recorded in this minute. */
  function mayRecord(of: string, max: number): boolean {
    const nowMs = performance.now()
    if (nowMs >= minute.endsMs) minute = { endsMs: nowMs + MINUTE_MS, recorded: 0, recordedOf: new Map() }
    const count = minute.recordedOf.get(of) ?? 0
    if (count >= max || minute.recorded >= STRANGERS_PER_MINUTE) return false
    minute.recordedOf.set(of, count + 1)
    minute.recorded++
    return true
  }

  function wait(session: SessionRecord): void {
    if (waiting.length >= WAITING_MAX) {
      waiting.shift()
      dropped++
    }
    waiting.push(session)
  }

  return {
    add(session: SessionRecord): void {
      if (session.clientId !== null || mayRecord(addressBucket(session.address), STRANGERS_PER_ADDRESS)) wait(session)
      else dropped++
    },
    /** Notes a connection that was not let in. */
    addTurnedAway(session: SessionRecord): void {
      if (mayRecord(`turned away ${addressBucket(session.address)}`, TURNED_AWAY_PER_ADDRESS)) wait(session)
      else dropped++
    },
    /** Notes where and when a client was active. */
    see(sighting: Sighting): void {
      sightings.set(sighting.id, merged(sightings.get(sighting.id), sighting))
    },
    /** Writes what waits. */
    async close(): Promise<void> {
      clearInterval(timer)
      await writing
      await write()
    },
  }
}

/** A sighting and a later one. The refusal stays until there is a later one. */
const merged = (before: Sighting | undefined, after: Sighting): Sighting => ({
  ...after,
  error: after.error ?? before?.error ?? null,
})

export type SessionLog = ReturnType<typeof createSessionLog>
