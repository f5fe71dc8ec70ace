import type { Db } from '../../db/client'
import { Prisma } from '../../db/generated/client'
import { literal } from '../../db/literal'
import {
  type Borders,
  type InventoryCounts,
  type InventoryCursor,
  type InventoryFilter,
  type InventoryPlace,
  type InventoryRow,
  isForUnmuting,
  isLatestFirst,
} from '../inventory/types'

/** A text that matches at most this many rows is not searched in the order of the dates, which would read most of the table in an order in which it is not stored. */
const FEW = 1_000
const INDEXED_CHARACTERS = 3

/** Rows with a date come first, then those without: two ranges of the same index, queried one after the other as needed. */
type Range = 'dated' | 'undated'

/** One page, found from the place of a neighbouring row. One more row than needed is fetched, to know whether there is a next page. */
export async function inventoryPage(
  db: Db,
  tenantId: string,
  {
    filter,
    cursor,
    borders,
    rows,
  }: { filter: InventoryFilter; cursor: InventoryCursor; borders: Borders; rows: number },
): Promise<{ rows: InventoryRow[]; hasEarlier: boolean; hasLater: boolean }> {
  const backward = cursor.kind === 'before'
  const few = filter.text === '' ? null : await fewWith(db, tenantId, filter, borders)
  const fetched: InventoryRow[] = []
  for (const range of rangesFrom(cursor)) {
    const place = cursor.kind !== 'first' && rangeOf(cursor.place) === range ? cursor.place : null
    const take = rows + 1 - fetched.length
    if (take > 0 && few?.length !== 0)
      fetched.push(...(await rowsOf(db, { tenantId, filter, borders, few, range, place, backward, take })))
  }
  const page = fetched.slice(0, rows)
  const more = fetched.length > page.length
  return backward
    ? { rows: page.reverse(), hasEarlier: more, hasLater: true }
    : { rows: page, hasEarlier: cursor.kind === 'after', hasLater: more }
}

const rangeOf = ({ endsAt }: InventoryPlace): Range => (endsAt === null ? 'undated' : 'dated')

function rangesFrom(cursor: InventoryCursor): Range[] {
  if (cursor.kind === 'first') return ['dated', 'undated']
  const dated = rangeOf(cursor.place) === 'dated'
  if (cursor.kind === 'after') return dated ? ['dated', 'undated'] : ['undated']
  return dated ? ['dated'] : ['undated', 'dated']
}

type Key = Pick<InventoryRow, 'objectId' | 'keyId'>

/** All rows with that text, or null if there are many. They are found by their applications if those are few, otherwise by a scan. */
async function fewWith(db: Db, tenantId: string, filter: InventoryFilter, borders: Borders): Promise<Key[] | null> {
  const applications = await fewApplicationsWith(db, tenantId, filter.text)
  if (applications?.length === 0) return []
  // The text is so frequent that reading in the order of the dates soon fills a page, if there is no other condition.
  if (!applications && isTextAlone(filter)) return null
  const within = [
    Prisma.sql`c."tenantId" = ${tenantId}::uuid`,
    ...(applications ? [Prisma.sql`c."objectId" = ANY(${applications}::uuid[])`] : []),
    ...matching(filter, borders),
  ]
  const keys = await db.$queryRaw<Key[]>`
    SELECT c."objectId", c."keyId" FROM "AppCredential" c WHERE ${Prisma.join(within, ' AND ')} LIMIT ${FEW + 1}`
  return keys.length > FEW ? null : keys
}

const isTextAlone = ({ state, kind, muted, owner }: InventoryFilter): boolean =>
  state === null && kind === null && muted !== 'muted' && owner === 'any'

/** Every application that contains each line of the text, or null if there are many. Uses the index, unless all lines are too short for it. */
async function fewApplicationsWith(db: Db, tenantId: string, text: string): Promise<string[] | null> {
  const lines = searchable(text).split('\n')
  const within = [
    Prisma.sql`t."tenantId" = ${tenantId}::uuid`,
    ...(lines.some((line) => [...line].length >= INDEXED_CHARACTERS)
      ? [Prisma.sql`message_trigrams(t."text") @> message_trigrams(${lines.join('\n')})`]
      : []),
    ...lines.map((line) => Prisma.sql`t."text" LIKE ${partOf(line)}`),
  ]
  const rows = await db.$queryRaw<Pick<Key, 'objectId'>[]>`
    SELECT t."objectId" FROM "AppRegistrationText" t WHERE ${Prisma.join(within, ' AND ')} LIMIT ${FEW + 1}`
  return rows.length > FEW ? null : rows.map(({ objectId }) => objectId)
}

interface RowQuery {
  tenantId: string
  filter: InventoryFilter
  borders: Borders
  few: Key[] | null
  range: Range
  place: InventoryPlace | null
  backward: boolean
  take: number
}

async function rowsOf(db: Db, query: RowQuery): Promise<InventoryRow[]> {
  const { tenantId, filter, borders, few, range, place, backward, take } = query
  const descending = isLatestFirst(filter) !== backward
  const direction = descending ? Prisma.sql`DESC` : Prisma.sql`ASC`
  const beyond = descending ? Prisma.sql`<` : Prisma.sql`>`
  const within = [
    Prisma.sql`c."tenantId" = ${tenantId}::uuid`,
    range === 'dated' ? Prisma.sql`c."endsAt" IS NOT NULL` : Prisma.sql`c."endsAt" IS NULL`,
    ...(few ? [among(few)] : matching(filter, borders)),
  ]
  if (place) {
    within.push(
      range === 'dated'
        ? Prisma.sql`(c."endsAt", c."objectId", c."keyId") ${beyond} (${place.endsAt}::timestamptz, ${place.objectId}::uuid, ${place.keyId}::uuid)`
        : Prisma.sql`(c."objectId", c."keyId") ${beyond} (${place.objectId}::uuid, ${place.keyId}::uuid)`,
    )
  }
  return db.$queryRaw<InventoryRow[]>`
    SELECT c."objectId", c."keyId", a."appId", a."displayName" AS "application", a."owners", c."kind", c."displayName", c."hint",
      c."thumbprint", c."startsAt", c."endsAt", c."mutedAt", c."mutedBy"
    FROM "AppCredential" c
    JOIN "AppRegistration" a ON a."tenantId" = c."tenantId" AND a."objectId" = c."objectId"
    WHERE ${Prisma.join(within, ' AND ')}
    ORDER BY c."endsAt" ${direction}, c."objectId" ${direction}, c."keyId" ${direction}
    LIMIT ${take}`
}

const among = (keys: readonly Key[]): Prisma.Sql => Prisma.sql`(c."objectId", c."keyId") IN (SELECT * FROM unnest(
  ${keys.map(({ objectId }) => objectId)}::uuid[], ${keys.map(({ keyId }) => keyId)}::uuid[]))`

/** The form in which a text is stored and searched. */
export const searchable = (text: string): string => text.toLowerCase()

const partOf = (text: string): string => `%${literal(text)}%`

function matching({ state, kind, text, muted, owner }: InventoryFilter, borders: Borders): Prisma.Sql[] {
  const { expired, critical, soon } = borders
  const ends: Record<NonNullable<InventoryFilter['state']>, Prisma.Sql> = {
    due: Prisma.sql`c."endsAt" > ${expired}::timestamptz AND c."endsAt" <= ${soon}::timestamptz`,
    expired: Prisma.sql`c."endsAt" <= ${expired}::timestamptz`,
    critical: Prisma.sql`c."endsAt" > ${expired}::timestamptz AND c."endsAt" <= ${critical}::timestamptz`,
    soon: Prisma.sql`c."endsAt" > ${critical}::timestamptz AND c."endsAt" <= ${soon}::timestamptz`,
    healthy: Prisma.sql`c."endsAt" > ${soon}::timestamptz`,
    'date-unknown': Prisma.sql`c."endsAt" IS NULL`,
  }
  return [
    ...(state ? [ends[state]] : []),
    ...(kind ? [Prisma.sql`c."kind" = ${kind}`] : []),
    ...ownedBy(owner),
    ...(muted === 'all'
      ? []
      : [muted === 'muted' ? Prisma.sql`c."mutedAt" IS NOT NULL` : Prisma.sql`c."mutedAt" IS NULL`]),
    ...(text === '' ? [] : [Prisma.sql`c."searchText" LIKE ${partOf(searchable(text))}`]),
  ]
}

/** An application has few owners, and a tenant few applications of one owner: the database finds these first. */
function ownedBy(owner: InventoryFilter['owner']): Prisma.Sql[] {
  if (owner === 'any') return []
  if (owner === 'none') return [Prisma.sql`c."ownerless"`]
  return [
    Prisma.sql`(c."tenantId", c."objectId") IN (SELECT r."tenantId", r."objectId" FROM "AppRegistration" r
      WHERE r."tenantId" = c."tenantId" AND r."owners" @> ARRAY[${owner.slice(1)}])`,
  ]
}

/** The names of the owners of most applications, most first. */
export async function frequentOwners(db: Db, tenantId: string, limit: number): Promise<string[]> {
  const rows = await db.$queryRaw<{ owner: string }[]>`
    SELECT o AS "owner" FROM "AppRegistration" r, unnest(r."owners") o WHERE r."tenantId" = ${tenantId}::uuid
    GROUP BY o ORDER BY count(*) DESC, o LIMIT ${limit}`
  return rows.map(({ owner }) => owner)
}

/** The rows that a bulk change of this filter changes. */
export const toMute = (tenantId: string, filter: InventoryFilter, borders: Borders): Prisma.Sql =>
  Prisma.join(
    [
      Prisma.sql`c."tenantId" = ${tenantId}::uuid`,
      isForUnmuting(filter) ? Prisma.sql`c."mutedAt" IS NOT NULL` : Prisma.sql`c."mutedAt" IS NULL`,
      ...matching(filter, borders),
    ],
    ' AND ',
  )

/**
 * Adds up the counts of whole days, which the database maintains, and the rows of the three days that contain a border: some dozens
 * of rows, however large the tenant is.
 */
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
