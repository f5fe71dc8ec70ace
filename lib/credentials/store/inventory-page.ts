import type { Db } from '../../db/client'
import { Prisma } from '../../db/generated/client'
import { literal } from '../../db/literal'
import {
  type Borders,
  type InventoryCounts,
  type InventoryCursor,
  type InventoryFilter,
  type InventoryPage,
  type InventoryPlace,
  type InventoryRow,
  isForUnmuting,
  isLatestFirst,
} from '../inventory/types'

/** A text that fits so few rows is not looked for along the dates: most of the table would be walked in an order it does not lie in. */
const FEW = 1_000
const INDEXED_CHARACTERS = 3

/** Rows by date first, then those without one: two ranges of the same index, asked one after the other as they are needed. */
type Range = 'dated' | 'undated'

/** One page by its neighbour's place: one row more than shown is fetched, which tells whether there is a next page. */
export async function inventoryPage(
  db: Db,
  tenantId: string,
  {
    filter,
    cursor,
    borders,
    rows,
  }: { filter: InventoryFilter; cursor: InventoryCursor; borders: Borders; rows: number },
): Promise<InventoryPage> {
  const backward = cursor.kind === 'before'
  const few = filter.text === '' ? null : await fewWith(db, tenantId, filter, borders)
  const found: InventoryRow[] = []
  for (const range of rangesFrom(cursor)) {
    const place = cursor.kind !== 'first' && rangeOf(cursor.place) === range ? cursor.place : null
    const take = rows + 1 - found.length
    if (take > 0 && few?.length !== 0)
      found.push(...(await rowsOf(db, { tenantId, filter, borders, few, range, place, backward, take })))
  }
  const shown = found.slice(0, rows)
  const more = found.length > shown.length
  return backward
    ? { rows: shown.reverse(), hasEarlier: more, hasLater: true }
    : { rows: shown, hasEarlier: cursor.kind === 'after', hasLater: more }
}

const rangeOf = ({ endsAt }: InventoryPlace): Range => (endsAt === null ? 'undated' : 'dated')

function rangesFrom(cursor: InventoryCursor): Range[] {
  if (cursor.kind === 'first') return ['dated', 'undated']
  const dated = rangeOf(cursor.place) === 'dated'
  if (cursor.kind === 'after') return dated ? ['dated', 'undated'] : ['undated']
  return dated ? ['dated'] : ['undated', 'dated']
}

type Key = Pick<InventoryRow, 'objectId' | 'keyId'>

/** All rows with that text, if there are few: those of the few applications that have it, or read as they lie on the disk. */
async function fewWith(db: Db, tenantId: string, filter: InventoryFilter, borders: Borders): Promise<Key[] | null> {
  const applications = await fewApplicationsWith(db, tenantId, filter.text)
  if (applications?.length === 0) return []
  // So many have it that a walk along the dates soon fills a page, if nothing else is asked.
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

/** Every application with each line of that text somewhere, if there are few; by the index, but for lines too short to be in it. */
async function fewApplicationsWith(db: Db, tenantId: string, text: string): Promise<string[] | null> {
  const lines = searchable(text).split('\n')
  const within = [
    Prisma.sql`t."tenantId" = ${tenantId}::uuid`,
    ...(lines.some((line) => [...line].length >= INDEXED_CHARACTERS)
      ? [Prisma.sql`message_trigrams(t."text") @> message_trigrams(${lines.join('\n')})`]
      : []),
    ...lines.map((line) => Prisma.sql`t."text" LIKE ${partOf(line)}`),
  ]
  const found = await db.$queryRaw<Pick<Key, 'objectId'>[]>`
    SELECT t."objectId" FROM "AppRegistrationText" t WHERE ${Prisma.join(within, ' AND ')} LIMIT ${FEW + 1}`
  return found.length > FEW ? null : found.map(({ objectId }) => objectId)
}

interface Wish {
  tenantId: string
  filter: InventoryFilter
  borders: Borders
  few: Key[] | null
  range: Range
  place: InventoryPlace | null
  backward: boolean
  take: number
}

async function rowsOf(db: Db, wish: Wish): Promise<InventoryRow[]> {
  const { tenantId, filter, borders, few, range, place, backward, take } = wish
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

/** As it is stored and as it is looked for. */
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
    ...(owner === 'none' ? [Prisma.sql`c."ownerless"`] : []),
    ...(muted === 'all'
      ? []
      : [muted === 'muted' ? Prisma.sql`c."mutedAt" IS NOT NULL` : Prisma.sql`c."mutedAt" IS NULL`]),
    ...(text === '' ? [] : [Prisma.sql`c."searchText" LIKE ${partOf(searchable(text))}`]),
  ]
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
 * From the counts of whole days that the database keeps, and of the three days that a border falls into the rows before it: some
 * dozens, however large the tenant.
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
