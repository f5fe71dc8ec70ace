import type { Caller } from '../../kernel/actor'
import { actorName, SYSTEM_CALLER } from '../../kernel/actor'
import type { Cloud } from '../../kernel/clouds'
import type { Result } from '../../kernel/result'

import { grantCommands } from '../grant'
import type { Watch } from '../ports'
import {
  type BeginFault,
  beginReading,
  faultOf,
  type InventoryDeps,
  readingRights,
  readingServer,
  workReading,
} from './scan'
import {
  type Borders,
  bordersOf,
  type InventoryCounts,
  type InventoryCursor,
  type InventoryFilter,
  type InventoryPage,
  type InventoryRight,
  type InventoryRow,
  type InventoryRun,
  isForUnmuting,
} from './types'

/** Rows on one page of the list. */
const PAGE_ROWS = 25
/** Rows read at a time for the file: some hundred kilobytes, whatever the tenant's size. */
const EXPORT_ROWS = 1_000

export interface InventoryView {
  watch: Watch
  /** Null: no mail server signs in at Entra, so nobody can read. */
  reader: { tenantId: string; clientId: string; cloud: Cloud; commands: string[] } | null
  run: InventoryRun | null
  done: InventoryRun | null
  counts: InventoryCounts | null
  page: InventoryPage
  borders: Borders
  right: InventoryRight | null
}

/** Every app registration of the tenant, where an administrator wants it: read, kept and shown, never changed. */
export interface Inventory {
  view(filter: InventoryFilter, cursor: InventoryCursor): Promise<InventoryView>
  /** Whether it is switched on, and how far reading is; nothing is counted. */
  standing(): Promise<{ isOn: boolean; run: InventoryRun | null; done: InventoryRun | null }>
  /** Null: nobody can ask. */
  checkRight(caller: Caller): Promise<InventoryRight | null>
  begin(caller: Caller): Promise<Result<void, BeginFault>>
  /** Works at what was begun; null: nothing to do. */
  work(): Promise<number | null>
  /** For the worker: a new run where the last one is a day old, then the work. */
  runDailyScan(): Promise<number>
  setMuted(caller: Caller, of: { objectId: string; keyId: string; muted: boolean }): Promise<boolean>
  /** How many credentials a bulk change of this filter would mute or unmute. */
  countToMute(filter: InventoryFilter): Promise<number>
  /** Mutes all that match, or unmutes them where the filter shows muted ones. Returns how many it changed. */
  muteMatching(caller: Caller, filter: InventoryFilter): Promise<number>
  /** All that match the filter, in its order, some at a time. */
  rows(filter: InventoryFilter): AsyncGenerator<{ rows: InventoryRow[]; borders: Borders }>
}

export function createInventory(deps: InventoryDeps & { isDue(now: Date): Promise<boolean> }): Inventory {
  const { store, clock, servers } = deps
  const bordersNow = async () => bordersOf((await servers.watch()).thresholdsDays, clock.now())
  const tenantOf = async () => (await readingServer(deps))?.server.exchange.tenantId ?? null

  return {
    async view(filter, cursor) {
      const [watch, reading] = await Promise.all([servers.watch(), readingServer(deps)])
      const borders = bordersOf(watch.thresholdsDays, clock.now())
      const nothing = { run: null, done: null, counts: null, page: { rows: [], hasEarlier: false, hasLater: false } }
      if (!reading) return { watch, reader: null, borders, right: null, ...nothing }
      const { tenantId, clientId, cloud } = reading.server.exchange
      const [{ run, done }, right, counts, page] = await Promise.all([
        store.latest(tenantId),
        store.right({ tenantId, clientId }),
        store.counts(tenantId, borders),
        store.page(tenantId, { filter, cursor, borders, rows: PAGE_ROWS }),
      ])
      const commands = grantCommands(reading.server, 'Application.Read.All')
      return { watch, reader: { tenantId, clientId, cloud, commands }, run, done, counts, page, borders, right }
    },

    async standing() {
      const [{ inventory: isOn }, tenantId] = await Promise.all([servers.watch(), tenantOf()])
      return { isOn, ...(tenantId === null ? { run: null, done: null } : await store.latest(tenantId)) }
    },

    async checkRight({ actor, origin }) {
      const reading = await readingServer(deps)
      if (!reading) return null
      const { tenantId, clientId } = reading.server.exchange
      const rights = await readingRights(deps)
      const right = { at: clock.now(), fault: rights.ok ? null : faultOf(rights.error) }
      const details = { clientId, code: right.fault?.code ?? null }
      const result = right.fault ? 'failed' : 'done'
      const subject = `tenant:${tenantId}`
      await store.keepRight({ tenantId, clientId }, right, {
        action: 'inventory.check',
        ...{ actor, origin, result, subject, details },
      })
      return right
    },

    begin: (caller) => beginReading(deps, caller),
    work: () => workReading(deps),

    async runDailyScan() {
      if (await deps.isDue(clock.now())) await beginReading(deps, SYSTEM_CALLER)
      let pages = 0
      for (let more = await workReading(deps); more !== null && more > 0; more = await workReading(deps)) pages += more
      return pages
    },

    async setMuted(caller, { objectId, keyId, muted }) {
      const tenantId = await tenantOf()
      if (tenantId === null) return false
      const { actor, origin } = caller
      return store.setMuted(
        { tenantId, objectId, keyId },
        {
          muted,
          by: actorName(actor),
          now: clock.now(),
          audit: {
            action: muted ? 'inventory.mute' : 'inventory.unmute',
            actor,
            origin,
            result: 'done',
            subject: `app-credential:${keyId}`,
            details: { objectId },
          },
        },
      )
    },

    async countToMute(filter) {
      const tenantId = await tenantOf()
      return tenantId === null ? 0 : store.countToMute(tenantId, { filter, borders: await bordersNow() })
    },

    async muteMatching({ actor, origin }, filter) {
      const tenantId = await tenantOf()
      if (tenantId === null) return 0
      const { state, kind, owner, text } = filter
      const wish = { filter, borders: await bordersNow() }
      return store.muteMatching(tenantId, wish, {
        by: actorName(actor),
        now: clock.now(),
        audit: (count) => ({
          action: isForUnmuting(filter) ? 'inventory.unmute-all' : 'inventory.mute-all',
          ...{ actor, origin, result: 'done', subject: `tenant:${tenantId}` },
          details: { count, state, kind, owner, text },
        }),
      })
    },

    async *rows(filter) {
      const tenantId = await tenantOf()
      if (tenantId === null) return
      const borders = await bordersNow()
      for (let cursor: InventoryCursor = { kind: 'first' }; ; ) {
        const { rows, hasLater } = await store.page(tenantId, { filter, cursor, borders, rows: EXPORT_ROWS })
        yield { rows, borders }
        const last = rows.at(-1)
        if (!hasLater || !last) return
        cursor = { kind: 'after', place: last }
      }
    },
  }
}
