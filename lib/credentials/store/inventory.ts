import { appendAudit } from '../../audit/store/log'
import type { Db, Tx } from '../../db/client'
import { QUEUE_MS } from '../../db/client'
import { Prisma } from '../../db/generated/client'
import type { InventoryRunModel } from '../../db/generated/models'
import type { DirectoryApplication, DirectoryCredential } from '../../entra/contracts'
import { fail, ok } from '../../kernel/result'
import { DAY_MS } from '../../kernel/time'
import {
  INVENTORY_FAULTS,
  type InventoryFaultNote,
  type InventoryRun,
  type InventoryStore,
  isForUnmuting,
  type LeasedRun,
} from '../inventory/types'
import { inventoryCounts, inventoryPage, searchable, toMute } from './inventory-page'

/** The sweep at the end of a run visits every row of a large tenant. */
const SWEEP_MS = 60_000
const TURN = { maxWait: QUEUE_MS, timeout: SWEEP_MS }
/**
 * Applications. Node keeps a text of more than 128 KB apart, until a collection of everything; and each text is copied on its way to the
 * database. With a whole page in one the heap grew by a megabyte a page, to twice its size, before that came.
 */
const WRITTEN_AT_ONCE = 40
/** Runs are kept so long, for people. */
const RUNS_KEPT_MS = 90 * 24 * 60 * 60 * 1000

/** Whether the worker has anything to do: a run to work at, or a day since the last one began. */
export async function inventoryIsDue(db: Db, now: Date): Promise<boolean> {
  return (await db.inventoryRun.count({ where: claimable(now) })) > 0 || newRunIsDue(db, now)
}

export async function newRunIsDue(db: Db, now: Date): Promise<boolean> {
  const watch = await db.credentialWatch.findUnique({ where: { id: 1 }, select: { inventory: true } })
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

export function createInventoryStore(db: Db): InventoryStore {
  return {
    begin: ({ id, tenantId, startedBy, startedAt }, audit) =>
      db.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`inventory ${tenantId}`}, 0))`
        if ((await tx.inventoryRun.count({ where: { tenantId, state: 'running' } })) > 0)
          return fail('running' as const)
        await tx.inventoryRun.create({ data: { id, tenantId, startedBy, startedAt, state: 'running' } })
        await appendAudit(tx, audit, startedAt)
        return ok(undefined)
      }, TURN),

    async claim(now, leaseMs) {
      const due = await db.inventoryRun.findFirst({ where: claimable(now), orderBy: { startedAt: 'asc' } })
      if (!due) return null
      const leasedUntil = new Date(now.getTime() + leaseMs)
      const { count } = await db.inventoryRun.updateMany({
        where: { id: due.id, leasedUntil: due.leasedUntil, AND: claimable(now) },
        data: { leasedUntil, waitsUntil: null, fault: Prisma.DbNull },
      })
      return count === 1 ? { ...runOf({ ...due, waitsUntil: null, fault: null }), leasedUntil } : null
    },

    keepPage: (held, { applications, nextLink, now, leaseMs }) =>
      db.$transaction(async (tx) => {
        const leasedUntil = new Date(now.getTime() + leaseMs)
        const credentials = applications.reduce((sum, one) => sum + one.credentials.length, 0)
        const counted = {
          pages: held.pages + 1,
          applications: held.applications + applications.length,
          credentials: held.credentials + credentials,
        }
        const data = { ...counted, nextLink, leasedUntil }
        if ((await tx.inventoryRun.updateMany({ where: leasedBy(held), data })).count !== 1) return null
        for (let from = 0; from < applications.length; from += WRITTEN_AT_ONCE)
          await upsert(tx, held, applications.slice(from, from + WRITTEN_AT_ONCE), now)
        return { ...held, ...data }
      }, TURN),

    async postpone(held, until, fault) {
      const data = { waitsUntil: until, leasedUntil: null, fault: fault ? { ...fault } : Prisma.DbNull }
      await db.inventoryRun.updateMany({ where: leasedBy(held), data })
    },

    async end(held, outcome, { now, audit }) {
      const ended = await db.$transaction(async (tx) => {
        const { tenantId, id } = held
        const end = { state: outcome.state, endedAt: now, nextLink: null, leasedUntil: null, waitsUntil: null }
        const fault = outcome.state === 'failed' ? { ...outcome.fault } : Prisma.DbNull
        const { count } = await tx.inventoryRun.updateMany({ where: leasedBy(held), data: { ...end, fault } })
        if (count !== 1) return false
        let { applications, credentials } = held
        if (outcome.state === 'done') {
          const unseen = { tenantId, runId: { not: id } }
          await tx.appCredential.deleteMany({ where: unseen })
          await tx.appRegistration.deleteMany({ where: unseen })
          await tx.appCredentialCount.deleteMany({ where: { tenantId, rows: 0 } })
          applications = await tx.appRegistration.count({ where: { tenantId } })
          credentials = await tx.appCredential.count({ where: { tenantId } })
          await tx.inventoryRun.update({ where: { id }, data: { applications, credentials } })
          const old = new Date(now.getTime() - RUNS_KEPT_MS)
          await tx.inventoryRun.deleteMany({ where: { tenantId, id: { not: id }, endedAt: { lt: old } } })
        }
        await appendAudit(tx, audit({ applications, credentials }), now)
        return true
      }, TURN)
      // Every row was written anew: without this the next hours' pages would be planned and read as if the table were still empty.
      if (ended && outcome.state === 'done')
        await db.$executeRaw`VACUUM (ANALYZE) "AppRegistration", "AppRegistrationText", "AppCredential"`
      return ended
    },

    async right({ tenantId, clientId }) {
      const row = await db.inventoryRight.findUnique({ where: { tenantId_clientId: { tenantId, clientId } } })
      return row && { at: row.at, fault: faultOf(row.fault) }
    },

    keepRight: ({ tenantId, clientId }, { at, fault }, audit) =>
      db.$transaction(async (tx) => {
        const data = { at, fault: fault ? { ...fault } : Prisma.DbNull }
        await tx.inventoryRight.upsert({
          where: { tenantId_clientId: { tenantId, clientId } },
          create: { tenantId, clientId, ...data },
          update: data,
        })
        await appendAudit(tx, audit, at)
      }, TURN),

    async latest(tenantId) {
      const newest = { orderBy: { startedAt: 'desc' as const } }
      const [run, done] = await Promise.all([
        db.inventoryRun.findFirst({ where: { tenantId }, ...newest }),
        db.inventoryRun.findFirst({ where: { tenantId, state: 'done' }, ...newest }),
      ])
      return { run: run && runOf(run), done: done && runOf(done) }
    },

    page: (tenantId, wish) => inventoryPage(db, tenantId, wish),
    counts: (tenantId, borders) => inventoryCounts(db, tenantId, borders),

    setMuted: ({ tenantId, objectId, keyId }, { muted, by, now, audit }) =>
      db.$transaction(async (tx) => {
        const { count } = await tx.appCredential.updateMany({
          where: { tenantId, objectId, keyId, mutedAt: muted ? null : { not: null } },
          data: muted ? { mutedAt: now, mutedBy: by } : { mutedAt: null, mutedBy: null },
        })
        if (count === 1) await appendAudit(tx, audit, now)
        return count === 1
      }, TURN),

    async countToMute(tenantId, { filter, borders }) {
      const [counted] = await db.$queryRaw<[{ count: number }]>`
        SELECT count(*)::int AS "count" FROM "AppCredential" c WHERE ${toMute(tenantId, filter, borders)}`
      return counted.count
    },

    async muteMatching(tenantId, { filter, borders }, { by, now, audit }) {
      const changed = await db.$transaction(async (tx) => {
        // A reading writes the same rows in another order: waiting for the whole table first, the two cannot block each other.
        await tx.$executeRaw`LOCK TABLE "AppCredential" IN SHARE ROW EXCLUSIVE MODE`
        const [mutedAt, mutedBy] = isForUnmuting(filter) ? [null, null] : [now, by]
        const count = await tx.$executeRaw`
          UPDATE "AppCredential" c SET "mutedAt" = ${mutedAt}::timestamptz, "mutedBy" = ${mutedBy}
          WHERE ${toMute(tenantId, filter, borders)}`
        if (count > 0) await appendAudit(tx, audit(count), now)
        return count
      }, TURN)
      // As after a reading: until then the planner believes that nothing is muted, and looks for a page among all rows.
      if (changed > 0) await db.$executeRaw`VACUUM (ANALYZE) "AppCredential"`
      return changed
    },
  }
}

const leasedBy = ({ id, leasedUntil }: LeasedRun): Prisma.InventoryRunWhereInput => ({
  id,
  state: 'running',
  leasedUntil,
})

/** What PostgreSQL takes for no text: NUL, and half of a surrogate pair. */
const UNSTORABLE = /\0|\p{Surrogate}/gu
const storable = (text: string): string => text.replace(UNSTORABLE, '\ufffd')

/** Three statements, however many rows: two take them as one JSON text. Who muted what stays. */
async function upsert(
  tx: Tx,
  { tenantId, id: runId }: LeasedRun,
  some: DirectoryApplication[],
  now: Date,
): Promise<void> {
  const applications = new Map(some.map((one) => [one.objectId, one]))
  const credentials = new Map(
    some.flatMap((application) =>
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
    INSERT INTO "AppRegistration" ("tenantId", "objectId", "appId", "displayName", "owners", "runId", "seenAt")
    SELECT ${tenantId}::uuid, "objectId", "appId", "displayName", "owners", ${runId}::uuid, ${now}::timestamptz
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS page("objectId" uuid, "appId" uuid, "displayName" text, "owners" text[])
    ON CONFLICT ("tenantId", "objectId") DO UPDATE SET "appId" = excluded."appId",
      "displayName" = excluded."displayName", "owners" = excluded."owners", "runId" = excluded."runId", "seenAt" = excluded."seenAt"`
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
  // Of all that is stored of them: what Microsoft does not name any more is listed until the reading ends well.
  await tx.$executeRaw`
    INSERT INTO "AppRegistrationText" AS kept ("tenantId", "objectId", "text")
    SELECT c."tenantId", c."objectId", string_agg(DISTINCT line, E'\n')
    FROM "AppCredential" c, unnest(string_to_array(c."searchText", E'\n')) AS line
    WHERE c."tenantId" = ${tenantId}::uuid AND c."objectId" = ANY(${[...applications.keys()]}::uuid[]) GROUP BY 1, 2
    ON CONFLICT ("tenantId", "objectId") DO UPDATE SET "text" = excluded."text" WHERE kept."text" <> excluded."text"`
}

function rowOf({ objectId, appId, displayName, owners }: DirectoryApplication, credential: DirectoryCredential) {
  const words = [displayName, credential.displayName, ...owners, appId, objectId, credential.keyId]
  return {
    objectId,
    ...credential,
    displayName: storable(credential.displayName),
    hint: credential.hint && storable(credential.hint),
    searchText: searchable(storable(words.join('\n'))),
    ownerless: owners.length === 0,
  }
}

const runOf = ({ state, fault, leasedUntil: _, ...row }: InventoryRunModel): InventoryRun => ({
  ...row,
  state: state === 'running' || state === 'done' ? state : 'failed',
  fault: faultOf(fault),
})

function faultOf(stored: Prisma.JsonValue): InventoryFaultNote | null {
  const note = typeof stored === 'object' && stored !== null && !Array.isArray(stored) ? stored : {}
  const code = INVENTORY_FAULTS.find((known) => known === note.code)
  return code ? { code, evidence: typeof note.evidence === 'string' ? note.evidence : '' } : null
}
