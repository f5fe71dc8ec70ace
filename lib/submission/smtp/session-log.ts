import { limitPerAddress } from '../../access/client-address'
import type { Db } from '../../db'
import { type Logger, MINUTE_MS, SECOND_MS } from '../../kernel'
import { noteSightings } from '../store/clients'
import { insertSessions } from '../store/sessions'
import type { SessionRecord } from './session-record'

const WRITE_EVERY_MS = SECOND_MS
/** Sessions that wait to be written. While the database is away, the oldest are dropped: they are a log, and mail is not in it. */
const WAITING_MAX = 5_000
/** Sessions of no client that are recorded in a minute, so that a flood of them neither displaces others nor fills the disk. */
const STRANGERS_PER_MINUTE = 1_000
/** Those of them from one address or IPv6 /64. */
const STRANGERS_PER_ADDRESS = 20
/** Connections that were not even let in are counted on their own, so that they do not hide devices that were refused. */
const TURNED_AWAY_PER_ADDRESS = 1

/** What a client was last doing, by the monotonic clock. */
type LastUse = { id: string; atMs: number; address: string; error: { code: string; atMs: number } | null }

/**
 * Stores ended sessions and when clients were last active, once a second. `now` is the time by which messages are accepted: both are compared
 * to find out whether a client's newest attempt was refused.
 */
export function createSessionLog(db: Db, log: Pick<Logger, 'warn'>, now: () => Promise<Date>) {
  let waiting: SessionRecord[] = []
  let sightings = new Map<string, LastUse>()
  let dropped = 0
  let isFailing = false
  let writing: Promise<void> = Promise.resolve()

  async function write(): Promise<void> {
    const [sessions, latest] = [waiting, [...sightings.values()]]
    if (sessions.length === 0 && latest.length === 0) return
    waiting = []
    sightings = new Map()
    try {
      const startMs = (await now()).getTime() - performance.now()
      await insertSessions(db, sessions)
      await noteSightings(
        db,
        latest.map((sighting) => dated(sighting, startMs)),
      )
      if (dropped > 0) log.warn('SMTP sessions were not recorded', { count: dropped })
      dropped = 0
      isFailing = false
    } catch (error) {
      dropped += Math.max(0, sessions.length + waiting.length - WAITING_MAX)
      waiting = [...sessions, ...waiting].slice(-WAITING_MAX)
      for (const sighting of latest)
        sightings.set(sighting.id, merged(sighting, sightings.get(sighting.id) ?? sighting))
      // Logged once, because an outage would add a line a second.
      if (!isFailing) log.warn('SMTP sessions cannot be recorded yet', { error })
      isFailing = true
    }
  }

  const timer = setInterval(() => {
    writing = writing.then(write)
  }, WRITE_EVERY_MS)

  const mayRecordStranger = limitPerAddress(MINUTE_MS, STRANGERS_PER_ADDRESS, STRANGERS_PER_MINUTE)
  const mayRecordTurnedAway = limitPerAddress(MINUTE_MS, TURNED_AWAY_PER_ADDRESS, STRANGERS_PER_MINUTE)

  function wait(session: SessionRecord): void {
    if (waiting.length >= WAITING_MAX) {
      waiting.shift()
      dropped++
    }
    waiting.push(session)
  }

  return {
    add(session: SessionRecord): void {
      if (session.clientId !== null || mayRecordStranger(session.address)) wait(session)
    },
    addTurnedAway(session: SessionRecord): void {
      if (mayRecordTurnedAway(session.address)) wait(session)
    },
    /** Notes where a client is active now, and the code of its refusal if it was refused. */
    see(id: string, address: string, code: string | null): void {
      const atMs = performance.now()
      const error = code === null ? null : { code, atMs }
      sightings.set(id, merged(sightings.get(id), { id, atMs, address, error }))
    },
    /** Writes what waits. */
    async close(): Promise<void> {
      clearInterval(timer)
      await writing
      await write()
    },
  }
}

/** A sighting by the database's time. */
const dated = ({ atMs, error, ...client }: LastUse, startMs: number) => ({
  ...client,
  at: new Date(startMs + atMs),
  error: error && { code: error.code, at: new Date(startMs + error.atMs) },
})

/** A sighting and a later one. The refusal stays until there is a later one. */
const merged = (before: LastUse | undefined, after: LastUse): LastUse => ({
  ...after,
  error: after.error ?? before?.error ?? null,
})

export type SessionLog = ReturnType<typeof createSessionLog>
