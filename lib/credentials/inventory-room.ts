import { actorName } from '../kernel/actor'
import type { Result } from '../kernel/result'
import { THE_CLOCK } from './entry'
import { grantCommands } from './grant'
import {
  type Borders,
  bordersOf,
  type InventoryCounts,
  type InventoryCursor,
  type InventoryFaultNote,
  type InventoryFilter,
  type InventoryPage,
  type InventoryRow,
  type InventoryRun,
} from './inventory'
import {
  type BeginFault,
  beginReading,
  type InventoryDeps,
  readingRights,
  readingServer,
  workReading,
} from './inventory-read'
import type { CredentialsCaller, Watch } from './ports'

/** Rows on one page of the list. */
const PAGE_ROWS = 25
/** Rows read at a time for the file: some hundred kilobytes, whatever the tenant's size. */
const EXPORT_ROWS = 1_000

export interface InventoryView {
  watch: Watch
  /** Null: no mail server signs in at Entra, so nobody can read. */
  reader: { tenantId: string; clientId: string; commands: string[] } | null
  run: InventoryRun | null
  done: InventoryRun | null
  counts: InventoryCounts | null
  page: InventoryPage
  borders: Borders
  permission: PermissionCheck | null
}

/** What was last learned about the permission, in this process. */
export interface PermissionCheck {
  at: Date
  fault: InventoryFaultNote | null
}

/** Every app registration of the tenant, where an administrator wants it: read, kept and shown, never changed. */
export interface InventoryRoom {
  view(filter: InventoryFilter, cursor: InventoryCursor): Promise<InventoryView>
  checkPermission(): Promise<PermissionCheck>
  begin(caller: CredentialsCaller): Promise<Result<void, BeginFault>>
  /** Works at what was begun; null: nothing to do. */
  work(): Promise<number | null>
  /** For the worker: a new run where the last one is a day old, then the work. */
  lookAfter(): Promise<number>
  setMuted(caller: CredentialsCaller, of: { objectId: string; keyId: string; muted: boolean }): Promise<boolean>
  /** All that fit the filter, in the order of ends, some at a time. */
  rows(filter: InventoryFilter): AsyncGenerator<{ rows: InventoryRow[]; borders: Borders }>
}

export function createInventoryRoom(deps: InventoryDeps & { isDue(now: Date): Promise<boolean> }): InventoryRoom {
  const { store, clock, servers } = deps
  let permission: PermissionCheck | null = null
  const tenantOf = async () => (await readingServer(deps))?.server.exchange.tenantId ?? null

  return {
    async view(filter, cursor) {
      const [watch, reading] = await Promise.all([servers.watch(), readingServer(deps)])
      const borders = bordersOf(watch.thresholdsDays, clock.now())
      const nothing = { run: null, done: null, counts: null, page: { rows: [], hasEarlier: false, hasLater: false } }
      if (!reading) return { watch, reader: null, borders, permission, ...nothing }
      const { tenantId, clientId } = reading.server.exchange
      const [{ run, done }, counts, page] = await Promise.all([
        store.latest(tenantId),
        store.counts(tenantId, borders),
        store.page(tenantId, { filter, cursor, borders, rows: PAGE_ROWS }),
      ])
      const commands = grantCommands(reading.server, 'Application.Read.All')
      return { watch, reader: { tenantId, clientId, commands }, run, done, counts, page, borders, permission }
    },

    async checkPermission() {
      const rights = await readingRights(deps)
      const fault = rights.ok ? null : rights.error
      const note = fault && { code: fault.code === 'weather' ? 'unanswered' : fault.code, evidence: fault.evidence }
      permission = { at: clock.now(), fault: note as InventoryFaultNote | null }
      return permission
    },

    begin: (caller) => beginReading(deps, caller),
    work: () => workReading(deps),

    async lookAfter() {
      if (await deps.isDue(clock.now())) await beginReading(deps, THE_CLOCK)
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

    async *rows(filter) {
      const tenantId = await tenantOf()
      if (tenantId === null) return
      const borders = bordersOf((await servers.watch()).thresholdsDays, clock.now())
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
