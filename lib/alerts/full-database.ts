import type { Db, DbDeps } from '../db'
import { newId } from '../kernel'
import type { Notice } from '../notifications/notice'
import type { StoredChannel } from '../notifications/store/channel-rows'
import { readChannel } from '../notifications/store/channels'
import { isDatabaseFull } from '../operations/store/status'
import { ALL_CLEAR, OVER_AFTER_MS } from './plan'
import { type Alert, channelsFor, readSettings } from './store'
import { alertNotice } from './text'

/** A receiver that fails is attempted in as many minutes. */
const ATTEMPTS_MAX = 5

interface FullDatabaseDeps extends DbDeps {
  /** Sends without reading or storing anything itself; returns the ids of the channels that got it. */
  send(channels: readonly StoredChannel[], notice: Notice): Promise<string[]>
}

/**
 * For the worker, every minute, and not as a job, which has to be stored: notifies each channel of the alerts once that the disk of the
 * database is full, and once that this has been over for as long as any alert must be. Only this process remembers which it has notified.
 * The channels are those from before: once it is full, a database may soon open no connection.
 */
export function createFullDatabaseWatch({ db, clock, send }: FullDatabaseDeps) {
  let open: { alert: Alert; fullAt: Date; attempts: Map<string, number>; notified: Set<string> } | null = null
  let channels: StoredChannel[] | null = null

  return async function watch(): Promise<void> {
    const isFull = await isDatabaseFull(db)
    const now = clock.now()
    if (!isFull || channels === null) channels = await readChannels(db)
    if (isFull) {
      open ??= { alert: fullDatabase(now), fullAt: now, attempts: new Map(), notified: new Set() }
      open.fullAt = now
      const { alert, attempts, notified } = open
      const left = channels.filter(({ id }) => !notified.has(id) && (attempts.get(id) ?? 0) < ATTEMPTS_MAX)
      for (const { id } of left) attempts.set(id, (attempts.get(id) ?? 0) + 1)
      const notice = { ...alertNotice([alert], 0, now), deliveryId: alert.id, at: now }
      for (const id of await send(left, notice)) notified.add(id)
    } else if (open !== null && now.getTime() - open.fullAt.getTime() >= OVER_AFTER_MS) {
      const { alert, notified } = open
      open = null
      const over = alertNotice([{ ...alert, closedAt: now }], ALL_CLEAR, now)
      const receivers = channels.filter(({ id }) => notified.has(id))
      await send(receivers, { ...over, deliveryId: newId(), at: now })
    }
  }
}

/** None if disks are not watched. */
async function readChannels(db: Db): Promise<StoredChannel[]> {
  const { kinds } = await readSettings(db)
  if (!kinds.includes('disk')) return []
  const ids = await channelsFor(db, { alerts: true, enabled: true })
  const channels = await Promise.all(ids.map((id) => readChannel(db, id)))
  return channels.filter((channel) => channel !== null)
}

/** An alert that is in no table. */
const fullDatabase = (openedAt: Date): Alert => ({
  id: newId(),
  kind: 'disk',
  subject: 'database',
  details: { full: 'database' },
  openedAt,
  acknowledgedAt: null,
  acknowledgedBy: null,
  closedAt: null,
})
