import { type Db, Prisma, type Tx } from '../../db'
import { idsFrom, MINUTE_MS, timeOfId } from '../../kernel'
import { searchTextOf } from '../search-text'
import { type MessageFilter, newest, type Selection, within } from './list'

/** Search texts that one statement writes, and the most statements of one scheduled run. */
const TEXTS_AT_ONCE = 2_000
const STATEMENTS_MAX = 40
/** Longer than any transaction of ours: a message may become visible this much later than one that was accepted after it. */
const VISIBLE_WITHIN_MS = 10 * MINUTE_MS
/**
 * The newest messages are scanned first: terms that are common fill a page from these, however many messages contain them. If none
 * of the first thousand matches, the terms are rare, and the index is used at once.
 */
const SCAN_DEPTHS = [1_000, 5_000]
/**
 * The index is searched only for the rare trigrams of a search, if it has any: those that at most four of the 200 newest texts
 * contain. A common trigram excludes little, and costs a lookup for each row that the rare ones match.
 */
const SAMPLE = 200
const RARE_MAX = 4
/** Messages without a search text that one search reads. */
const WITHOUT_TEXT_MAX = 10_000

type Textless = Parameters<typeof searchTextOf>[0] & { id: string }

/** Writes the texts by which messages are found, into a separate table and on a schedule, so that acceptance and delivery do not wait. */
export async function writeMessageTexts(db: Db): Promise<number> {
  let written = 0
  for (let turn = 0; turn < STATEMENTS_MAX; turn++) {
    const rows = await withoutText(db, Prisma.sql`ASC`, TEXTS_AT_ONCE)
    if (rows.length > 0)
      written += await db.$executeRaw`
        INSERT INTO "MessageText" ("messageId", "text")
        SELECT given.* FROM unnest(${rows.map(({ id }) => id)}::uuid[], ${rows.map(searchTextOf)}::text[]) AS given("id", "text")
        JOIN "Message" m ON m."id" = given."id" ON CONFLICT DO NOTHING`
    if (rows.length < TEXTS_AT_ONCE) break
  }
  return written
}

async function withoutText(db: Db | Tx, order: Prisma.Sql, rows: number): Promise<Textless[]> {
  const newest = await db.messageText.findFirst({ orderBy: { messageId: 'desc' }, select: { messageId: true } })
  const from = idsFrom(newest ? timeOfId(newest.messageId) - VISIBLE_WITHIN_MS : 0)
  return await db.$queryRaw<Textless[]>`
    SELECT m."id", m."subject", m."originator", m."messageId", ARRAY(
      SELECT r."address" FROM "Recipient" r WHERE r."messageId" = m."id" ORDER BY r."position") AS "recipients"
    FROM "Message" m
    WHERE m."id" >= ${from}::uuid AND NOT EXISTS (SELECT 1 FROM "MessageText" t WHERE t."messageId" = m."id")
    ORDER BY m."id" ${order} LIMIT ${rows}`
}

export async function matchingIds(db: Db | Tx, { terms, ...filter }: MessageFilter, rows: number): Promise<string[]> {
  if (terms) return idsWithTerms(db, filter, { terms, rows })
  return (await db.$queryRaw<{ id: string }[]>(newest(filter, rows))).map(({ id }) => id)
}

/** Ids of the newest messages that contain all these terms, each as a word or a part of one. */
export async function idsWithTerms(
  db: Db | Tx,
  selection: Selection,
  { terms, rows }: { terms: readonly string[]; rows: number },
): Promise<string[]> {
  const withoutTextIds = (await withoutText(db, Prisma.sql`DESC`, WITHOUT_TEXT_MAX))
    .filter((row) => has(searchTextOf(row), terms))
    .map(({ id }) => id)
  for (const depth of SCAN_DEPTHS) {
    const { ids, scanned } = await scan(db, selection, { terms, withoutTextIds, rows, depth })
    if (ids.length >= rows || scanned < depth) return ids
    if (ids.length === 0) break
  }
  const all = await db.$queryRaw<{ id: string }[]>`
    WITH sample AS MATERIALIZED (SELECT t."text" FROM "MessageText" t ORDER BY t."messageId" DESC LIMIT ${SAMPLE}),
    trigram AS (
      SELECT part, (SELECT count(*) FROM sample WHERE strpos("text", part) > 0) AS seen
      FROM unnest(message_trigrams(${terms.join('\n')})) part
    ),
    hit AS MATERIALIZED (
      SELECT t."messageId" AS "id" FROM "MessageText" t
      WHERE message_trigrams(t."text") @> (
        SELECT coalesce(array_agg(part) FILTER (WHERE seen <= ${RARE_MAX}), array_agg(part)) FROM trigram
      ) AND ${hasTerms(terms)}
      UNION SELECT unnest(${withoutTextIds}::uuid[])
    )
    SELECT m."id" FROM "Message" m JOIN hit ON hit."id" = m."id" WHERE ${within(selection)} ORDER BY m."id" DESC LIMIT ${rows}`
  return all.map(({ id }) => id)
}

/** Searches the `depth` newest messages of the selection without an index. */
async function scan(
  db: Db | Tx,
  selection: Selection,
  query: { terms: readonly string[]; withoutTextIds: string[]; rows: number; depth: number },
): Promise<{ ids: string[]; scanned: number }> {
  const { terms, withoutTextIds, rows, depth } = query
  const matches = await db.$queryRaw<{ id: string | null; scanned: number }[]>`
    WITH l AS MATERIALIZED (${newest(selection, depth)})
    SELECT found."id", (SELECT count(*)::int FROM l) AS scanned
    FROM (SELECT 1) one LEFT JOIN LATERAL (
      SELECT l."id" FROM l LEFT JOIN "MessageText" t ON t."messageId" = l."id"
      WHERE ${hasTerms(terms)} OR l."id" = ANY(${withoutTextIds}::uuid[])
      ORDER BY l."id" DESC LIMIT ${rows}) found ON true`
  return { ids: matches.flatMap(({ id }) => id ?? []), scanned: matches[0]?.scanned ?? 0 }
}

const has = (text: string, terms: readonly string[]): boolean => terms.every((term) => text.includes(term))

const hasTerms = (terms: readonly string[]): Prisma.Sql =>
  Prisma.sql`(${Prisma.join(
    terms.map((term) => Prisma.sql`strpos(t."text", ${term}) > 0`),
    ' AND ',
  )})`
