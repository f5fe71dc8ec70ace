import type { Db } from '../../db/client'
import { Prisma } from '../../db/generated/client'
import { idsFrom, timeOfId } from '../../kernel/ids'
import { searchTextOf } from '../search-text'
import { newest, type Place, within } from './list'

/** Written at a time, and at most so often in one run of the clock. */
const WRITTEN_AT_ONCE = 2_000
const TURNS_MAX = 40
/** Longer than any transaction of ours: a message may be seen so much later than one that was accepted after it. */
const SEEN_WITHIN_MS = 10 * 60 * 1000
/**
 * The newest are looked through first: what is in many messages fills a page from them, however many have it. What none of
 * the first has is rare, and left to the index at once.
 */
const LOOKED_THROUGH = [1_000, 5_000]
/**
 * The index is asked for the rare trigrams of a search alone, if it has any: those that so few of so many new texts have. A
 * common one narrows little, and is looked up anew for each row that the rare ones name.
 */
const SAMPLE = 200
const SEEN_RARELY = 4
/** Of those that have no text yet. */
const YOUNG_MAX = 10_000

interface Textless {
  id: string
  subject: string
  originator: string | null
  messageId: string
  recipients: string[]
}

/** For the clock: what messages are found by is written down apart from them, so that neither accepting nor sending waits for it. */
export async function writeMessageTexts(db: Db): Promise<number> {
  let written = 0
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    const rows = await withoutText(db, Prisma.sql`ASC`, WRITTEN_AT_ONCE)
    if (rows.length > 0)
      written += await db.$executeRaw`
        INSERT INTO "MessageText" ("messageId", "text")
        SELECT given.* FROM unnest(${rows.map(({ id }) => id)}::uuid[], ${rows.map(searchTextOf)}::text[]) AS given("id", "text")
        JOIN "Message" m ON m."id" = given."id" ON CONFLICT DO NOTHING`
    if (rows.length < WRITTEN_AT_ONCE) break
  }
  return written
}

async function withoutText(db: Db, order: Prisma.Sql, rows: number): Promise<Textless[]> {
  const newest = await db.messageText.findFirst({ orderBy: { messageId: 'desc' }, select: { messageId: true } })
  const from = idsFrom(newest ? timeOfId(newest.messageId) - SEEN_WITHIN_MS : 0)
  return await db.$queryRaw<Textless[]>`
    SELECT m."id", m."subject", m."originator", m."messageId", ARRAY(
      SELECT r."address" FROM "Recipient" r WHERE r."messageId" = m."id" ORDER BY r."position") AS "recipients"
    FROM "Message" m
    WHERE m."id" >= ${from}::uuid AND NOT EXISTS (SELECT 1 FROM "MessageText" t WHERE t."messageId" = m."id")
    ORDER BY m."id" ${order} LIMIT ${rows}`
}

interface Search extends Place {
  terms: readonly string[]
  rows: number
}

/** The newest messages with all these words, each whole or a part of one. */
export async function idsWithTerms(db: Db, { terms, rows, ...place }: Search): Promise<string[]> {
  const young = (await withoutText(db, Prisma.sql`DESC`, YOUNG_MAX))
    .filter((row) => has(searchTextOf(row), terms))
    .map(({ id }) => id)
  for (const depth of LOOKED_THROUGH) {
    const { found, seen } = await lookThrough(db, place, { terms, young, rows, depth })
    if (found.length >= rows || seen < depth) return found
    if (found.length === 0) break
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
        SELECT coalesce(array_agg(part) FILTER (WHERE seen <= ${SEEN_RARELY}), array_agg(part)) FROM trigram
      ) AND ${hasTerms(terms)}
      UNION SELECT unnest(${young}::uuid[])
    )
    SELECT m."id" FROM "Message" m JOIN hit ON hit."id" = m."id" WHERE ${within(place)} ORDER BY m."id" DESC LIMIT ${rows}`
  return all.map(({ id }) => id)
}

/** @param given.depth So many of the newest that fit the other conditions. */
async function lookThrough(
  db: Db,
  place: Place,
  { terms, young, rows, depth }: { terms: readonly string[]; young: string[]; rows: number; depth: number },
): Promise<{ found: string[]; seen: number }> {
  const looked = await db.$queryRaw<{ id: string | null; seen: number }[]>`
    WITH l AS MATERIALIZED (${newest(place, depth)})
    SELECT found."id", (SELECT count(*)::int FROM l) AS seen
    FROM (SELECT 1) one LEFT JOIN LATERAL (
      SELECT l."id" FROM l LEFT JOIN "MessageText" t ON t."messageId" = l."id"
      WHERE ${hasTerms(terms)} OR l."id" = ANY(${young}::uuid[])
      ORDER BY l."id" DESC LIMIT ${rows}) found ON true`
  return { found: looked.flatMap(({ id }) => id ?? []), seen: looked[0]?.seen ?? 0 }
}

const has = (text: string, terms: readonly string[]): boolean => terms.every((word) => text.includes(word))

const hasTerms = (terms: readonly string[]): Prisma.Sql =>
  Prisma.sql`(${Prisma.join(
    terms.map((word) => Prisma.sql`strpos(t."text", ${word}) > 0`),
    ' AND ',
  )})`
