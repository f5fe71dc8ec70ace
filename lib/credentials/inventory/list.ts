import { auditEntry } from '../../audit/entry'
import { actorName, type Caller } from '../../kernel/actor'
import { bind } from '../../kernel/bind'
import { pick } from '../../kernel/pick'
import { grantCommands } from '../grant'
import {
  countToMute as countRows,
  latestRuns,
  muteRows,
  readRight,
  saveRight,
  setMuted as setRowMuted,
} from '../store/inventory'
import { frequentOwners, inventoryCounts, inventoryPage } from '../store/inventory-page'
import { readWatch } from '../store/watch-settings'
import { begin, type InventoryDeps, readingRights, readingServer, runDailyScan, work } from './scan'
import {
  type Borders,
  bordersOf,
  type InventoryCursor,
  type InventoryFilter,
  type InventoryRight,
  type InventoryRow,
  type InventoryRun,
  isForUnmuting,
} from './types'

/** Rows on one page of the list. */
const PAGE_ROWS = 25
/** Owners that the list offers as a filter. The search finds the others. */
const OWNERS_OFFERED = 20
/** Rows read at a time for the export: some hundred kilobytes, whatever the size of the tenant. */
const EXPORT_ROWS = 1_000

export type InventoryView = Awaited<ReturnType<typeof view>>

const tenantOf = async (deps: InventoryDeps) => (await readingServer(deps))?.tenant ?? null
const bordersNow = async ({ db, clock }: InventoryDeps) => bordersOf((await readWatch(db)).thresholdsDays, clock.now())

/** One page of the list, with its counts, and how far reading is. */
export async function view(deps: InventoryDeps, filter: InventoryFilter, cursor: InventoryCursor) {
  const { db, clock } = deps
  const [watch, reading] = await Promise.all([readWatch(db), readingServer(deps)])
  const borders = bordersOf(watch.thresholdsDays, clock.now())
  const nothing = {
    run: null,
    done: null,
    counts: null,
    owners: [],
    page: { rows: [], hasEarlier: false, hasLater: false },
  }
  if (!reading) return { watch, reader: null, borders, right: null, ...nothing }
  const { tenant } = reading
  const { tenantId, clientId, cloud } = reading.server.exchange
  const [{ run, done }, right, counts, owners, page] = await Promise.all([
    latestRuns(db, tenant),
    readRight(db, { tenantId: tenant, clientId }),
    inventoryCounts(db, tenant, borders),
    frequentOwners(db, tenant, OWNERS_OFFERED),
    inventoryPage(db, tenant, { filter, cursor, borders, rows: PAGE_ROWS }),
  ])
  const commands = grantCommands(reading.server, 'Application.Read.All')
  return {
    watch,
    /** Null if no mail server signs in at Entra, so that nothing can be read. */
    reader: { tenantId, clientId, cloud, commands },
    run,
    done,
    counts,
    /** The owners of most applications, by name: what the list can be narrowed to. */
    owners,
    page,
    borders,
    right,
  }
}

/** Whether reading is switched on, and its latest runs; nothing is counted. */
export async function status(
  deps: InventoryDeps,
): Promise<{ isOn: boolean; run: InventoryRun | null; done: InventoryRun | null }> {
  const [{ inventory: isOn }, tenantId] = await Promise.all([readWatch(deps.db), tenantOf(deps)])
  return { isOn, ...(tenantId === null ? { run: null, done: null } : await latestRuns(deps.db, tenantId)) }
}

/** Checks whether the application may read the tenant. @returns null if no mail server signs in at Entra */
export async function checkRight(deps: InventoryDeps, caller: Caller): Promise<InventoryRight | null> {
  const reading = await readingServer(deps)
  if (!reading) return null
  const { tenant: tenantId } = reading
  const { clientId } = reading.server.exchange
  const rights = await readingRights(deps)
  const right = { at: deps.clock.now(), fault: rights.ok ? null : pick(rights.error, 'code', 'evidence') }
  const details = { clientId, code: right.fault?.code ?? null }
  const result = right.fault ? 'failed' : 'done'
  const audit = auditEntry('inventory.check', caller, `tenant:${tenantId}`, details, result)
  await saveRight(deps.db, { tenantId, clientId }, right, audit)
  return right
}

/** @returns false if there is no such credential, or if nothing would change */
export async function setMuted(
  deps: InventoryDeps,
  caller: Caller,
  { objectId, keyId, muted }: { objectId: string; keyId: string; muted: boolean },
): Promise<boolean> {
  const tenantId = await tenantOf(deps)
  if (tenantId === null) return false
  const action = muted ? 'inventory.mute' : 'inventory.unmute'
  return setRowMuted(
    deps.db,
    { tenantId, objectId, keyId },
    {
      muted,
      by: actorName(caller.actor),
      now: deps.clock.now(),
      audit: auditEntry(action, caller, `app-credential:${keyId}`, { objectId }),
    },
  )
}

/** How many credentials a bulk change of this filter would mute or unmute. */
export async function countToMute(deps: InventoryDeps, filter: InventoryFilter): Promise<number> {
  const tenantId = await tenantOf(deps)
  return tenantId === null ? 0 : countRows(deps.db, tenantId, { filter, borders: await bordersNow(deps) })
}

/** Mutes all that match, or unmutes them if the filter lists muted ones. @returns how many were changed */
export async function muteMatching(deps: InventoryDeps, caller: Caller, filter: InventoryFilter): Promise<number> {
  const tenantId = await tenantOf(deps)
  if (tenantId === null) return 0
  const { state, kind, owner, text } = filter
  const action = isForUnmuting(filter) ? 'inventory.unmute-all' : 'inventory.mute-all'
  return muteRows(
    deps.db,
    tenantId,
    { filter, borders: await bordersNow(deps) },
    {
      by: actorName(caller.actor),
      now: deps.clock.now(),
      audit: (count) => auditEntry(action, caller, `tenant:${tenantId}`, { count, state, kind, owner, text }),
    },
  )
}

/** All that match the filter, in its order, some at a time. */
export async function* rows(
  deps: InventoryDeps,
  filter: InventoryFilter,
): AsyncGenerator<{ rows: InventoryRow[]; borders: Borders }> {
  const tenantId = await tenantOf(deps)
  if (tenantId === null) return
  const borders = await bordersNow(deps)
  for (let cursor: InventoryCursor = { kind: 'first' }; ; ) {
    const page = await inventoryPage(deps.db, tenantId, { filter, cursor, borders, rows: EXPORT_ROWS })
    yield { rows: page.rows, borders }
    const last = page.rows.at(-1)
    if (!page.hasLater || !last) return
    cursor = { kind: 'after', place: last }
  }
}

/** Every app registration of the tenant, if an administrator wants that. They are read, stored and shown, and never changed. */
export const createInventory = (deps: InventoryDeps) =>
  bind(deps, { view, status, checkRight, begin, work, runDailyScan, setMuted, countToMute, muteMatching, rows })
