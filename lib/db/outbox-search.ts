import { idsFrom, timeOfId } from '../kernel/ids'
import type { MessageFilter } from '../outbox/ports'
import { searchTextOf } from '../outbox/search-text'
import type { Db } from './client'
import { Prisma } from './generated/client'

/** Written at a time, and at most so often in one run of the clock. */
const WRITTEN_AT_ONCE = 2_000
const TURNS_MAX = 40
/** Longer than any transaction of ours: a message may be seen so much later than one that was accepted after it. */
const SEEN_WITHIN_MS = 10 * 60 * 1000
/** The newest are looked through first: what is in many messages fills a page from them, however many have it. */
const LOOKED_THROUGH = 5_000
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

interface Search {
  filter: Omit<MessageFilter, 'words'>
  words: readonly string[]
  before: string | null
  rows: number
}

/** The newest messages with all these words, each whole or a part of one. */
export async function idsWithWords(db: Db, { filter, words, before, rows }: Search): Promise<string[]> {
  const young = (await withoutText(db, Prisma.sql`DESC`, YOUNG_MAX))
    .filter((row) => has(searchTextOf(row), words))
    .map(({ id }) => id)
  const within = withinOf(filter, before)
  const hit = Prisma.sql`(${hasWords(words)} OR l."id" = ANY(${young}::uuid[]))`
  const looked = await db.$queryRaw<{ id: string | null; seen: number }[]>`
    WITH l AS MATERIALIZED (SELECT m."id" FROM "Message" m WHERE ${within} ORDER BY m."id" DESC LIMIT ${LOOKED_THROUGH})
    SELECT found."id", (SELECT count(*)::int FROM l) AS seen
    FROM (SELECT 1) one LEFT JOIN LATERAL (
      SELECT l."id" FROM l LEFT JOIN "MessageText" t ON t."messageId" = l."id" WHERE ${hit}
      ORDER BY l."id" DESC LIMIT ${rows}) found ON true`
  const found = looked.flatMap(({ id }) => id ?? [])
  if (found.length >= rows || (looked[0]?.seen ?? 0) < LOOKED_THROUGH) return found
  const all = await db.$queryRaw<{ id: string }[]>`
    WITH hit AS MATERIALIZED (
      SELECT t."messageId" AS "id" FROM "MessageText" t
      WHERE message_trigrams(t."text") @> message_trigrams(${words.join('\n')}) AND ${hasWords(words)}
      UNION SELECT unnest(${young}::uuid[])
    )
    SELECT m."id" FROM "Message" m JOIN hit ON hit."id" = m."id" WHERE ${within} ORDER BY m."id" DESC LIMIT ${rows}`
  return all.map(({ id }) => id)
}

const has = (text: string, words: readonly string[]): boolean => words.every((word) => text.includes(word))

const hasWords = (words: readonly string[]): Prisma.Sql =>
  Prisma.join(
    words.map((word) => Prisma.sql`strpos(t."text", ${word}) > 0`),
    ' AND ',
  )

/** The list's other conditions, on `m`. */
function withinOf({ states, recipient }: Search['filter'], before: string | null): Prisma.Sql {
  const [only] = states?.length === 1 ? states : []
  return Prisma.join(
    [
      Prisma.sql`true`,
      ...(only !== undefined
        ? [Prisma.sql`m."state" = ${only}`]
        : states
          ? [Prisma.sql`m."state" IN (${Prisma.join([...states])})`]
          : []),
      ...(recipient
        ? [Prisma.sql`m."id" IN (SELECT r."messageId" FROM "Recipient" r WHERE r."address" = ${recipient})`]
        : []),
      ...(before ? [Prisma.sql`m."id" < ${before}::uuid`] : []),
    ],
    ' AND ',
  )
}
