import { appendAudit, auditEntry, audited } from '../../audit'
import { bindCurrent } from '../../db'
import { actorName, bind, type Caller } from '../../kernel'
import { graphLines } from '../grant'
import { LONG, latestRuns } from '../store/inventory'
import {
  countMatching,
  inventoryCounts,
  inventoryKeys,
  inventoryPage,
  inventoryRows,
  matchingCounts,
  matchingRows,
} from '../store/inventory-page'
import { readWatch } from '../store/watch-settings'
import { begin, type InventoryDeps, readingRights, readingServer, runDailyScan, work } from './scan'
import { bordersOf, type InventoryFaultNote, type InventoryFilter, isForUnmuting, isNarrowed } from './types'

const PAGE_ROWS = 25
/** Rows read at a time for the export: some hundred kilobytes, whatever the size of the tenant. */
const EXPORT_ROWS = 1_000

export type InventoryView = Awaited<ReturnType<typeof view>>

const tenantOf = async (deps: InventoryDeps) => (await readingServer(deps))?.tenant ?? null
const bordersNow = async ({ db, clock }: InventoryDeps) => bordersOf((await readWatch(db)).thresholdsDays, clock.now())

/** One page of the list, counted from 1, with the counts of the list and of what matches (null if that is much), and how far reading is. */
export async function view(deps: InventoryDeps, filter: InventoryFilter, number = 1) {
  const { db, clock } = deps
  const [watch, reading] = await Promise.all([readWatch(db), readingServer(deps)])
  const borders = bordersOf(watch.thresholdsDays, clock.now())
  // No mail server signs in at Entra, so nothing can be read.
  const nothing = {
    run: null,
    done: null,
    counts: null,
    matching: null,
    page: { rows: [], number: 1, hasLater: false },
  }
  if (!reading) return { watch, reader: null, borders, ...nothing }
  const { tenant } = reading
  const { tenantId, clientId, cloud } = reading.server.exchange
  const [{ run, done }, counts, narrowed, page] = await Promise.all([
    latestRuns(db, tenant),
    inventoryCounts(db, tenant, borders),
    isNarrowed(filter) ? matchingCounts(db, tenant, { filter, borders }) : null,
    inventoryPage(db, tenant, { filter, borders, page: number, rows: PAGE_ROWS }),
  ])
  const matching = isNarrowed(filter) ? narrowed : counts
  const commands = graphLines(reading.server, 'Application.Read.All')
  return { watch, reader: { tenantId, clientId, cloud, commands }, borders, run, done, counts, matching, page }
}

/** Whether reading is switched on, and its latest runs; nothing is counted. */
export async function status(deps: InventoryDeps) {
  const [{ inventory: isOn }, tenantId] = await Promise.all([readWatch(deps.db), tenantOf(deps)])
  return { isOn, ...(tenantId === null ? { run: null, done: null } : await latestRuns(deps.db, tenantId)) }
}

/** Checks whether the application may read the tenant. Null if it may. */
export async function checkRight(deps: InventoryDeps, caller: Caller): Promise<InventoryFaultNote | null> {
  const reading = await readingServer(deps)
  const rights = await readingRights(deps)
  const fault = rights.ok ? null : rights.error
  const details = { clientId: reading?.server.exchange.clientId ?? null, code: fault?.code ?? null }
  const subject = reading && `tenant:${reading.tenant}`
  await deps.audit.record(auditEntry('inventory.check', caller, subject, details, fault ? 'failed' : 'done'))
  return fault
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
  return audited(deps, auditEntry(action, caller, `app-credential:${keyId}`, { objectId }), (tx, mutedAt) =>
    tx.appCredential.updateMany({
      where: { tenantId, objectId, keyId, mutedAt: muted ? null : { not: null } },
      data: muted ? { mutedAt, mutedBy: actorName(caller.actor) } : { mutedAt: null, mutedBy: null },
    }),
  )
}

/** How many credentials a bulk change of this filter would mute or unmute. */
export async function countToMute(deps: InventoryDeps, filter: InventoryFilter): Promise<number> {
  const tenantId = await tenantOf(deps)
  return tenantId === null ? 0 : countMatching(deps.db, tenantId, { filter, borders: await bordersNow(deps) })
}

/** Mutes all that match, or unmutes them if the filter lists muted ones. Returns how many were changed. */
export async function muteMatching(deps: InventoryDeps, caller: Caller, filter: InventoryFilter): Promise<number> {
  const { db, clock } = deps
  const tenantId = await tenantOf(deps)
  if (tenantId === null) return 0
  const { state, kind, owner, text } = filter
  const action = isForUnmuting(filter) ? 'inventory.unmute-all' : 'inventory.mute-all'
  const rows = matchingRows(tenantId, filter, await bordersNow(deps))
  const changed = await db.$transaction(async (tx) => {
    // A run writes the same rows in another order. With a lock on the whole table first, the two cannot block each other.
    await tx.$executeRaw`LOCK TABLE "AppCredential" IN SHARE ROW EXCLUSIVE MODE`
    const now = clock.now()
    const [mutedAt, mutedBy] = isForUnmuting(filter) ? [null, null] : [now, actorName(caller.actor)]
    const count = await tx.$executeRaw`
      UPDATE "AppCredential" c SET "mutedAt" = ${mutedAt}::timestamptz, "mutedBy" = ${mutedBy} WHERE ${rows}`
    const details = { count, state, kind, owner, text }
    if (count > 0) await appendAudit(tx, auditEntry(action, caller, `tenant:${tenantId}`, details), now)
    return count
  }, LONG)
  // As after a run: until then the planner assumes that nothing is muted, and looks for a page among all rows.
  if (changed > 0) await db.$executeRaw`VACUUM (ANALYZE) "AppCredential"`
  return changed
}

/** All that match the filter, in its order, some at a time. Which these are is decided at the beginning. */
export async function* rows(deps: InventoryDeps, filter: InventoryFilter) {
  const { db } = deps
  const tenantId = await tenantOf(deps)
  if (tenantId === null) return
  const borders = await bordersNow(deps)
  const keys = await inventoryKeys(db, tenantId, { filter, borders })
  for (let from = 0; from < keys.length; from += EXPORT_ROWS)
    yield { rows: await inventoryRows(db, tenantId, keys.slice(from, from + EXPORT_ROWS)), borders }
}

/** Every app registration of the tenant, if an administrator wants that. They are read, stored and shown, and never changed. */
export const createInventory = (deps: InventoryDeps) => ({
  ...bindCurrent(deps, { view, status, checkRight, begin, work, runDailyScan, setMuted, countToMute, muteMatching }),
  ...bind(deps, { rows }),
})
