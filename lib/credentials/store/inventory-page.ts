import { type Db, Prisma } from '../../db'
import { literal } from '../../db/literal'
import { recordOf } from '../../kernel'
import {
  type Borders,
  INVENTORY_STATES,
  type InventoryCounts,
  type InventoryFilter,
  type InventoryKey,
  type InventoryRow,
  isLatestFirst,
} from '../inventory/types'

/** A text that more applications contain is not searched by them. */
const FEW = 1_000
const INDEXED_CHARACTERS = 3

interface Matching {
  filter: InventoryFilter
  borders: Borders
}

/** One page of the list, from 1, or the last if there are fewer. One more row than needed is looked for, to know whether another follows. */
export async function inventoryPage(
  db: Db,
  tenantId: string,
  { page, rows, ...matching }: Matching & { page: number; rows: number },
): Promise<{ rows: InventoryRow[]; number: number; hasLater: boolean }> {
  const keys = await inventoryKeys(db, tenantId, matching, { limit: rows + 1, offset: (page - 1) * rows })
  if (keys.length === 0 && page > 1) {
    const last = Math.ceil((await countMatching(db, tenantId, matching)) / rows)
    return inventoryPage(db, tenantId, { ...matching, page: Math.max(1, Math.min(last, page - 1)), rows })
  }
  return { rows: await inventoryRows(db, tenantId, keys.slice(0, rows)), number: page, hasLater: keys.length > rows }
}

export async function countMatching(db: Db, tenantId: string, { filter, borders }: Matching): Promise<number> {
  const [counted] = await db.$queryRaw<[{ count: number }]>`
    SELECT count(*)::int AS "count" FROM "AppCredential" c WHERE ${matchingRows(tenantId, filter, borders)}`
  return counted.count
}

/**
 * Which credentials match, in the order of the list. An index has all that this reads of most filters, so that a later page costs
 * little more than the first.
 *
 * @param part.limit null for all
 */
export async function inventoryKeys(
  db: Db,
  tenantId: string,
  { filter, borders }: Matching,
  { limit, offset }: { limit: number | null; offset: number } = { limit: null, offset: 0 },
): Promise<InventoryKey[]> {
  const applications = await fewApplicationsWith(db, tenantId, filter.text)
  if (applications?.length === 0) return []
  const where = within(applications, matchingRows(tenantId, filter, borders))
  // The dates lead to the rows of a rare text all over the disk. A text that is frequent and the only condition soon fills a page.
  const isByDate = filter.text === '' || (applications === null && isTextAlone(filter))
  return db.$queryRaw<InventoryKey[]>`
    WITH matching AS ${isByDate ? Prisma.sql`NOT MATERIALIZED` : Prisma.sql`MATERIALIZED`} (
      SELECT c."objectId", c."keyId", c."endsAt" FROM "AppCredential" c WHERE ${where})
    SELECT "objectId", "keyId" FROM matching ORDER BY ${orderOf(filter)} LIMIT ${limit}::int OFFSET ${offset}::int`
}

/** Undated rows come last in either order. The index has them at its end, so it is read backwards only for lists that have none. */
function orderOf(filter: InventoryFilter): Prisma.Sql {
  if (!isLatestFirst(filter)) return Prisma.sql`"endsAt", "objectId", "keyId"`
  const hasUndated = filter.state === 'all' || filter.state === 'muted'
  return Prisma.sql`"endsAt" DESC NULLS ${hasUndated ? Prisma.sql`LAST` : Prisma.sql`FIRST`}, "objectId" DESC, "keyId" DESC`
}

/** These credentials with their applications, in this order. One that is gone in the meantime is left out. */
export const inventoryRows = (db: Db, tenantId: string, keys: readonly InventoryKey[]) =>
  db.$queryRaw<InventoryRow[]>`
    SELECT c."objectId", c."keyId", a."appId", a."displayName" AS "application", a."owners", c."kind", c."displayName", c."hint",
      c."thumbprint", c."startsAt", c."endsAt", c."mutedAt", c."mutedBy"
    FROM unnest(${keys.map(({ objectId }) => objectId)}::uuid[], ${keys.map(({ keyId }) => keyId)}::uuid[])
      WITH ORDINALITY AS k("objectId", "keyId", "place")
    JOIN "AppCredential" c ON c."tenantId" = ${tenantId}::uuid AND c."objectId" = k."objectId" AND c."keyId" = k."keyId"
    JOIN "AppRegistration" a ON a."tenantId" = c."tenantId" AND a."objectId" = c."objectId"
    ORDER BY k."place"`

const isTextAlone = ({ state, kind, owner }: InventoryFilter) => state === 'all' && kind === null && owner === 'any'

const within = (applications: readonly string[] | null, rows: Prisma.Sql): Prisma.Sql =>
  applications ? Prisma.sql`c."objectId" = ANY(${applications}::uuid[]) AND ${rows}` : rows

/**
 * Every application that contains each line of the text, or null if there are many or the text is empty. Uses the index, unless all lines are
 * too short for it.
 */
async function fewApplicationsWith(db: Db, tenantId: string, text: string): Promise<string[] | null> {
  if (text === '') return null
  const lines = searchable(text).split('\n')
  const conditions = [
    Prisma.sql`t."tenantId" = ${tenantId}::uuid`,
    ...(lines.some((line) => [...line].length >= INDEXED_CHARACTERS)
      ? [Prisma.sql`message_trigrams(t."text") @> message_trigrams(${lines.join('\n')})`]
      : []),
    ...lines.map((line) => Prisma.sql`t."text" LIKE ${partOf(line)}`),
  ]
  const rows = await db.$queryRaw<Pick<InventoryKey, 'objectId'>[]>`
    SELECT t."objectId" FROM "AppRegistrationText" t WHERE ${Prisma.join(conditions, ' AND ')} LIMIT ${FEW + 1}`
  return rows.length > FEW ? null : rows.map(({ objectId }) => objectId)
}

/** The form in which a text is stored and searched. */
export const searchable = (text: string): string => text.toLowerCase()

const partOf = (text: string): string => `%${literal(text)}%`

function matching(filter: InventoryFilter, borders: Borders): Prisma.Sql[] {
  const { state } = filter
  const { expired, critical, soon } = borders
  const ends: Record<InventoryFilter['state'], Prisma.Sql[]> = {
    due: [Prisma.sql`c."endsAt" > ${expired}::timestamptz AND c."endsAt" <= ${soon}::timestamptz`],
    expired: [Prisma.sql`c."endsAt" <= ${expired}::timestamptz`],
    critical: [Prisma.sql`c."endsAt" > ${expired}::timestamptz AND c."endsAt" <= ${critical}::timestamptz`],
    soon: [Prisma.sql`c."endsAt" > ${critical}::timestamptz AND c."endsAt" <= ${soon}::timestamptz`],
    healthy: [Prisma.sql`c."endsAt" > ${soon}::timestamptz`],
    'date-unknown': [Prisma.sql`c."endsAt" IS NULL`],
    all: [],
    muted: [],
  }
  return [
    state === 'muted' ? Prisma.sql`c."mutedAt" IS NOT NULL` : Prisma.sql`c."mutedAt" IS NULL`,
    ...ends[state],
    ...narrowing(filter),
  ]
}

/** The conditions of a filter but for the state. */
const narrowing = ({ kind, text, owner }: InventoryFilter): Prisma.Sql[] => [
  ...(kind ? [Prisma.sql`c."kind" = ${kind}`] : []),
  ...ownedBy(owner),
  ...(text === '' ? [] : [Prisma.sql`c."searchText" LIKE ${partOf(searchable(text))}`]),
]

/** An application has few owners, and a tenant few applications of one owner: the database finds these first. */
function ownedBy(owner: InventoryFilter['owner']): Prisma.Sql[] {
  if (owner === 'any') return []
  if (owner === 'none') return [Prisma.sql`c."ownerless"`]
  return [
    Prisma.sql`(c."tenantId", c."objectId") IN (SELECT r."tenantId", r."objectId" FROM "AppRegistration" r
      WHERE r."tenantId" = c."tenantId" AND r."owners" @> ARRAY[${owner.slice(1)}])`,
  ]
}

/** The condition of the rows that a bulk change of this filter changes. */
export const matchingRows = (tenantId: string, filter: InventoryFilter, borders: Borders): Prisma.Sql =>
  Prisma.join([Prisma.sql`c."tenantId" = ${tenantId}::uuid`, ...matching(filter, borders)], ' AND ')

/** Adds up the stored counts of whole days and the rows of the three days that contain a border: dozens, however large the tenant is. */
export async function inventoryCounts(db: Db, tenantId: string, borders: Borders): Promise<InventoryCounts> {
  const { expired, critical, soon } = borders
  const until = (border: Date) => Prisma.sql`
    (SELECT coalesce(sum("rows"), 0) FROM kept WHERE NOT "muted" AND "day" < (${border}::timestamptz AT TIME ZONE 'UTC')::date)
    + (SELECT count(*) FROM "AppCredential" WHERE "tenantId" = ${tenantId}::uuid AND "mutedAt" IS NULL
        AND "endsAt" >= date_trunc('day', ${border}::timestamptz, 'UTC') AND "endsAt" <= ${border}::timestamptz)`
  const [sums] = await db.$queryRaw<[Record<'muted' | 'undated' | 'dated' | 'expired' | 'critical' | 'soon', number>]>`
    WITH kept AS (SELECT "muted", "day", "rows" FROM "AppCredentialCount" WHERE "tenantId" = ${tenantId}::uuid)
    SELECT (SELECT coalesce(sum("rows"), 0) FROM kept WHERE "muted")::int AS "muted",
      (SELECT coalesce(sum("rows"), 0) FROM kept WHERE NOT "muted" AND "day" = 'infinity')::int AS "undated",
      (SELECT coalesce(sum("rows"), 0) FROM kept WHERE NOT "muted" AND "day" < 'infinity')::int AS "dated",
      (${until(expired)})::int AS "expired", (${until(critical)})::int AS "critical", (${until(soon)})::int AS "soon"`
  return {
    muted: sums.muted,
    'date-unknown': sums.undated,
    expired: sums.expired,
    critical: sums.critical - sums.expired,
    soon: sums.soon - sums.critical,
    healthy: sums.dated - sums.soon,
  }
}

/** More rows are not counted for each filter. */
const COUNTED_MAX = 1_000

/** The same of the rows that match whatever their state is; null if there are many. */
export async function matchingCounts(
  db: Db,
  tenantId: string,
  { filter, borders }: Matching,
): Promise<InventoryCounts | null> {
  const applications = await fewApplicationsWith(db, tenantId, filter.text)
  const where = within(
    applications,
    Prisma.join([Prisma.sql`c."tenantId" = ${tenantId}::uuid`, ...narrowing(filter)], ' AND '),
  )
  const { expired, critical, soon } = borders
  const counted = await db.$queryRaw<{ state: keyof InventoryCounts; rows: number }[]>`
    SELECT CASE WHEN "mutedAt" IS NOT NULL THEN 'muted' WHEN "endsAt" IS NULL THEN 'date-unknown'
        WHEN "endsAt" <= ${expired}::timestamptz THEN 'expired' WHEN "endsAt" <= ${critical}::timestamptz THEN 'critical'
        WHEN "endsAt" <= ${soon}::timestamptz THEN 'soon' ELSE 'healthy' END AS "state", count(*)::int AS "rows"
    FROM (SELECT c."mutedAt", c."endsAt" FROM "AppCredential" c WHERE ${where} LIMIT ${COUNTED_MAX + 1}) matching GROUP BY 1`
  const counts = recordOf(
    [...INVENTORY_STATES, 'muted'] as const,
    (each) => counted.find(({ state }) => state === each)?.rows ?? 0,
  )
  return Object.values(counts).reduce((sum, count) => sum + count, 0) > COUNTED_MAX ? null : counts
}
