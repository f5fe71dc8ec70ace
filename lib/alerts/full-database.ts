import type { DbDeps } from '../db'
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
 * What it reads comes over connections that the worker has open: such a database opens no new ones.
 */
export function createFullDatabaseWatch({ db, clock, send }: FullDatabaseDeps) {
  let open: { alert: Alert; fullAt: Date; attempts: Map<string, number>; notified: Set<string> } | null = null

  async function sendTo(ids: readonly string[], notice: Notice): Promise<string[]> {
    const channels = await Promise.all(ids.map((id) => readChannel(db, id)))
    return send(
      channels.filter((channel) => channel !== null),
      notice,
    )
  }

  return async function watch(): Promise<void> {
    const isFull = await isDatabaseFull(db)
    const now = clock.now()
    if (isFull) {
      open ??= { alert: fullDatabase(now), fullAt: now, attempts: new Map(), notified: new Set() }
      open.fullAt = now
      const { alert, attempts, notified } = open
      const { kinds } = await readSettings(db)
      if (!kinds.includes('disk')) return
      const left = (await channelsFor(db, { alerts: true, enabled: true })).filter(
        (id) => !notified.has(id) && (attempts.get(id) ?? 0) < ATTEMPTS_MAX,
      )
      for (const id of left) attempts.set(id, (attempts.get(id) ?? 0) + 1)
      const notice = { ...alertNotice([alert], 0, now), deliveryId: alert.id, at: now }
      for (const id of await sendTo(left, notice)) notified.add(id)
    } else if (open !== null && now.getTime() - open.fullAt.getTime() >= OVER_AFTER_MS) {
      const { alert, notified } = open
      open = null
      const over = alertNotice([{ ...alert, closedAt: now }], ALL_CLEAR, now)
      await sendTo([...notified], { ...over, deliveryId: newId(), at: now })
    }
  }
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
