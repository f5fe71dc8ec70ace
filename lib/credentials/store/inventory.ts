import { type AuditEntry, appendAudit } from '../../audit'
import { type Db, ONLY_ROW, Prisma, QUEUE_MS, type Tx } from '../../db'
import type { InventoryRunModel } from '../../db/generated/models'
import { storable } from '../../db/storable'
import type { DirectoryApplication, DirectoryCredential } from '../../entra/contracts'
import { DAY_MS, fail, isObject, MINUTE_MS, ok, type Result } from '../../kernel'
import { INVENTORY_FAULTS, type InventoryFaultNote, type InventoryRun, type LeasedRun } from '../inventory/types'
import { searchable } from './inventory-page'

/** The sweep at the end of a run visits every row of a large tenant. */
export const LONG = { maxWait: QUEUE_MS, timeout: MINUTE_MS }
/**
 * Number of applications. Node keeps a text of more than 128 KB apart until a full garbage collection, and each text is copied on its
 * way to the database. With a whole page in one text, the heap grew by a megabyte a page, to twice its size, before a collection.
 */
const WRITTEN_AT_ONCE = 40
const RUNS_KEPT_MS = 90 * DAY_MS
/** Owners that the list offers as a filter. The search finds the others. */
const OWNERS_OFFERED = 20

/** Whether the worker has anything to do: a run that has not ended, or a day since the last one began. */
export const inventoryIsDue = async (db: Db, now: Date): Promise<boolean> =>
  (await db.inventoryRun.count({ where: claimable(now) })) > 0 || isRunDue(db, now)

/** Whether reading is switched on and the last run began a day ago. */
export async function isRunDue(db: Db, now: Date): Promise<boolean> {
  const watch = await db.credentialWatch.findUnique({ where: ONLY_ROW, select: { inventory: true } })
  if (!watch?.inventory) return false
  const since = new Date(now.getTime() - DAY_MS)
  const [servers, recent] = await Promise.all([
    db.mailServer.count({ where: { settings: { path: ['type'], equals: 'exchange-online-oauth2' } } }),
    db.inventoryRun.count({ where: { OR: [{ startedAt: { gt: since } }, { state: 'running' }] } }),
  ])
  return servers > 0 && recent === 0
}

const claimable = (now: Date): Prisma.InventoryRunWhereInput => ({
  state: 'running',
  AND: [
    { OR: [{ waitsUntil: null }, { waitsUntil: { lte: now } }] },
    { OR: [{ leasedUntil: null }, { leasedUntil: { lte: now } }] },
  ],
})

/** Stores a new run. Refused while another run of the tenant has not ended. */
export const insertRun = (
  db: Db,
  { id, tenantId, startedBy, startedAt }: Pick<InventoryRun, 'id' | 'tenantId' | 'startedBy' | 'startedAt'>,
  audit: AuditEntry,
): Promise<Result<void, 'running'>> =>
  db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`inventory ${tenantId}`}, 0))`
    if ((await tx.inventoryRun.count({ where: { tenantId, state: 'running' } })) > 0) return fail('running' as const)
    await tx.inventoryRun.create({ data: { id, tenantId, startedBy, startedAt, state: 'running' } })
    await appendAudit(tx, audit, startedAt)
    return ok(undefined)
  }, LONG)

/** Claims a run that is due and that no worker has a lease on: a new one, one that waited, or one whose worker died. */
export async function claimRun(db: Db, now: Date, leaseMs: number): Promise<LeasedRun | null> {
  const due = await db.inventoryRun.findFirst({ where: claimable(now), orderBy: { startedAt: 'asc' } })
  if (!due) return null
  const leasedUntil = new Date(now.getTime() + leaseMs)
  const { count } = await db.inventoryRun.updateMany({
    where: { id: due.id, leasedUntil: due.leasedUntil, AND: claimable(now) },
    data: { leasedUntil, waitsUntil: null, fault: Prisma.DbNull },
  })
  return count === 1 ? { ...runOf({ ...due, waitsUntil: null, fault: null }), leasedUntil } : null
}

/** Stores a page and the address of the next one, in one transaction. Returns null if the lease was lost; nothing is written then. */
export const savePage = (
  db: Db,
  run: LeasedRun,
  page: { applications: DirectoryApplication[]; nextLink: string | null; now: Date; leaseMs: number },
): Promise<LeasedRun | null> =>
  db.$transaction(async (tx) => {
    const { applications, nextLink, now } = page
    const leasedUntil = new Date(now.getTime() + page.leaseMs)
    const credentials = applications.reduce((sum, one) => sum + one.credentials.length, 0)
    const data = {
      pages: run.pages + 1,
      applications: run.applications + applications.length,
      credentials: run.credentials + credentials,
      nextLink,
      leasedUntil,
    }
    if ((await tx.inventoryRun.updateMany({ where: leasedBy(run), data })).count !== 1) return null
    for (let from = 0; from < applications.length; from += WRITTEN_AT_ONCE)
      await upsert(tx, run, applications.slice(from, from + WRITTEN_AT_ONCE))
    return { ...run, ...data }
  }, LONG)

/** Ends the lease and lets the run wait until then. `fault` says why it waits; it is null if nothing is wrong. */
export async function postponeRun(db: Db, run: LeasedRun, until: Date, fault: InventoryFaultNote | null) {
  const data = { waitsUntil: until, leasedUntil: null, fault: fault ? { ...fault } : Prisma.DbNull }
  await db.inventoryRun.updateMany({ where: leasedBy(run), data })
}

/**
 * Ends a run. `done` removes what the run did not see; `failed` removes nothing.
 *
 * @returns false if the lease was lost
 */
export async function endRun(
  db: Db,
  run: LeasedRun,
  outcome: { state: 'done' } | { state: 'failed'; fault: InventoryFaultNote },
  now: Date,
  audit: (counts: Pick<InventoryRun, 'applications' | 'credentials'>) => AuditEntry,
): Promise<boolean> {
  const ended = await db.$transaction(async (tx) => {
    const end = { state: outcome.state, endedAt: now, nextLink: null, leasedUntil: null, waitsUntil: null }
    const fault = outcome.state === 'failed' ? { ...outcome.fault } : Prisma.DbNull
    const { count } = await tx.inventoryRun.updateMany({ where: leasedBy(run), data: { ...end, fault } })
    if (count !== 1) return false
    const { applications, credentials } = outcome.state === 'done' ? await sweep(tx, run, now) : run
    await appendAudit(tx, audit({ applications, credentials }), now)
    return true
  }, LONG)
  // Every row was written again. Without this the next hours' pages would be planned as if the table were still empty.
  if (ended && outcome.state === 'done')
    await db.$executeRaw`VACUUM (ANALYZE) "AppRegistration", "AppRegistrationText", "AppCredential"`
  return ended
}

/** Removes what the run did not see, and old runs. Returns what is left. */
async function sweep(tx: Tx, { tenantId, id }: LeasedRun, now: Date) {
  const unseen = { tenantId, runId: { not: id } }
  await tx.appCredential.deleteMany({ where: unseen })
  await tx.appRegistration.deleteMany({ where: unseen })
  await tx.appCredentialCount.deleteMany({ where: { tenantId, rows: 0 } })
  const applications = await tx.appRegistration.count({ where: { tenantId } })
  const credentials = await tx.appCredential.count({ where: { tenantId } })
  const owners = await tx.$queryRaw<{ owner: string }[]>`
    SELECT o AS "owner" FROM "AppRegistration" r, unnest(r."owners") o WHERE r."tenantId" = ${tenantId}::uuid
    GROUP BY o ORDER BY count(*) DESC, o LIMIT ${OWNERS_OFFERED}`
  const frequentOwners = owners.map(({ owner }) => owner)
  await tx.inventoryRun.update({ where: { id }, data: { applications, credentials, frequentOwners } })
  const earlier = { tenantId, id: { not: id } }
  const before = new Date(now.getTime() - RUNS_KEPT_MS)
  await tx.inventoryRun.deleteMany({ where: { ...earlier, endedAt: { lt: before } } })
  // A name that is gone from the tenant is gone here too.
  await tx.inventoryRun.updateMany({ where: earlier, data: { frequentOwners: [] } })
  return { applications, credentials }
}

/** The newest run in any state, and the newest that was completed. */
export async function latestRuns(db: Db, tenantId: string) {
  const newest = { orderBy: { startedAt: 'desc' as const } }
  const [run, done] = await Promise.all([
    db.inventoryRun.findFirst({ where: { tenantId }, ...newest }),
    db.inventoryRun.findFirst({ where: { tenantId, state: 'done' }, ...newest }),
  ])
  return { run: run && runOf(run), done: done && runOf(done) }
}

const leasedBy = ({ id, leasedUntil }: LeasedRun): Prisma.InventoryRunWhereInput => ({
  id,
  state: 'running',
  leasedUntil,
})

/** Three statements, however many rows; two of them take the rows as one JSON text. What was muted stays muted. */
async function upsert(tx: Tx, { tenantId, id: runId }: LeasedRun, chunk: DirectoryApplication[]) {
  const applications = new Map(chunk.map((one) => [one.objectId, one]))
  const credentials = new Map(
    chunk.flatMap((application) =>
      application.credentials.map((one) => [`${application.objectId} ${one.keyId}`, rowOf(application, one)]),
    ),
  )
  const rows = [...applications.values()].map(({ objectId, appId, displayName, owners }) => ({
    objectId,
    appId,
    displayName: storable(displayName),
    owners: owners.map(storable),
  }))
  await tx.$executeRaw`
    INSERT INTO "AppRegistration" ("tenantId", "objectId", "appId", "displayName", "owners", "runId")
    SELECT ${tenantId}::uuid, "objectId", "appId", "displayName", "owners", ${runId}::uuid
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS page("objectId" uuid, "appId" uuid, "displayName" text, "owners" text[])
    ON CONFLICT ("tenantId", "objectId") DO UPDATE SET "appId" = excluded."appId",
      "displayName" = excluded."displayName", "owners" = excluded."owners", "runId" = excluded."runId"`
  await tx.$executeRaw`
    INSERT INTO "AppCredential"
      ("tenantId", "objectId", "keyId", "kind", "displayName", "hint", "thumbprint", "startsAt", "endsAt", "searchText", "ownerless",
        "runId")
    SELECT ${tenantId}::uuid, "objectId", "keyId", "kind", "displayName", "hint", "thumbprint", "startsAt", "endsAt", "searchText",
      "ownerless", ${runId}::uuid
    FROM jsonb_to_recordset(${JSON.stringify([...credentials.values()])}::jsonb)
      AS page("objectId" uuid, "keyId" uuid, "kind" text, "displayName" text, "hint" text, "thumbprint" text,
        "startsAt" timestamptz, "endsAt" timestamptz, "searchText" text, "ownerless" boolean)
    ON CONFLICT ("tenantId", "objectId", "keyId") DO UPDATE SET "kind" = excluded."kind",
      "displayName" = excluded."displayName", "hint" = excluded."hint", "thumbprint" = excluded."thumbprint",
      "startsAt" = excluded."startsAt", "endsAt" = excluded."endsAt", "searchText" = excluded."searchText",
      "ownerless" = excluded."ownerless", "runId" = excluded."runId"`
  // The text is made from all that is stored, because what Microsoft no longer lists stays in the list until the run is completed.
  await tx.$executeRaw`
    INSERT INTO "AppRegistrationText" AS kept ("tenantId", "objectId", "text")
    SELECT c."tenantId", c."objectId", string_agg(DISTINCT line, E'\n')
    FROM "AppCredential" c, unnest(string_to_array(c."searchText", E'\n')) AS line
    WHERE c."tenantId" = ${tenantId}::uuid AND c."objectId" = ANY(${[...applications.keys()]}::uuid[]) GROUP BY 1, 2
    ON CONFLICT ("tenantId", "objectId") DO UPDATE SET "text" = excluded."text" WHERE kept."text" <> excluded."text"`
}

function rowOf({ objectId, appId, displayName, owners }: DirectoryApplication, credential: DirectoryCredential) {
  const lines = [displayName, credential.displayName, ...owners, appId, objectId, credential.keyId]
  return {
    objectId,
    ...credential,
    displayName: storable(credential.displayName),
    hint: credential.hint && storable(credential.hint),
    searchText: searchable(storable(lines.join('\n'))),
    ownerless: owners.length === 0,
  }
}

const runOf = ({ state, fault, leasedUntil: _, ...row }: InventoryRunModel): InventoryRun => ({
  ...row,
  state: state === 'running' || state === 'done' ? state : 'failed',
  fault: faultOf(fault),
})

function faultOf(stored: Prisma.JsonValue): InventoryFaultNote | null {
  const note = isObject(stored) ? stored : {}
  const code = INVENTORY_FAULTS.find((known) => known === note.code)
  return code ? { code, evidence: typeof note.evidence === 'string' ? note.evidence : '' } : null
}
