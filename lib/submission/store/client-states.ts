import { type Db, type DbDeps, Prisma } from '../../db'
import { compareNames, DAY_MS } from '../../kernel'
import { type Client, type ClientState, SILENT_AFTER_MS } from '../client'

/** What the list of clients says about each of thousands. */
export interface ClientNow extends Pick<Client, 'id' | 'name' | 'way' | 'kind'> {
  state: ClientState
  /** When its newest message was accepted; null if none is stored. */
  sentAt: Date | null
  hasSentToday: boolean
  /** What a search looks through, one text a line; empty if it was not asked for. */
  texts: string
}

/** The clients in the order of their names, without those of learning mode. */
export async function clientsNow({ db, clock }: DbDeps, isSearched: boolean): Promise<ClientNow[]> {
  const wanted = Prisma.sql`c."removedAt" IS NULL AND c."learningUntil" IS NULL`
  const all = await read(db, clock.now(), wanted, isSearched ? TEXTS : undefined)
  return all.sort((a, b) => compareNames(a.name, b.name))
}

const TEXTS = Prisma.sql`
  concat_ws(chr(10), c."name", c."place", c."owner", c."login", c."lastAddress", array_to_string(c."senders", chr(10)))`

/** One client, also if it was removed or is of learning mode. */
export const clientNow = async ({ db, clock }: DbDeps, id: string): Promise<ClientNow | null> =>
  (await read(db, clock.now(), Prisma.sql`c."id" = ${id}::uuid`))[0] ?? null

/** An expired key counts as such even if it was refused; a refusal counts until the next message, and for a week. */
async function read(db: Db, now: Date, wanted: Prisma.Sql, texts = Prisma.sql`''`): Promise<ClientNow[]> {
  const [recent, today] = [SILENT_AFTER_MS, DAY_MS].map((ms) => new Date(now.getTime() - ms))
  // One text: thousands of rows cost more to take apart than to find.
  const [row] = await db.$queryRaw<{ clients: string }[]>`
    SELECT json_agg(each)::text AS "clients" FROM (
      SELECT c."id", c."name", c."way", c."kind", m."at" AS "sentAt", ${texts} AS "texts",
        coalesce(m."at" > ${today}, false) AS "hasSentToday", CASE
        WHEN c."disabledAt" IS NOT NULL THEN 'disabled'
        WHEN c."expiresAt" <= ${now} THEN 'over'
        WHEN c."lastErrorAt" > greatest(${recent}, m."at") THEN 'refused'
        WHEN a."openedAt" > coalesce(m."at", '-infinity') THEN 'stopped'
        WHEN greatest(c."lastSeenAt", m."at") > ${recent} THEN 'active'
        WHEN c."lastSeenAt" IS NULL AND m."at" IS NULL THEN 'unused'
        ELSE 'silent' END AS "state"
      FROM "Client" c
      LEFT JOIN LATERAL (SELECT "acceptedAt" AS "at" FROM "Message" WHERE "clientId" = c."id" ORDER BY "id" DESC LIMIT 1) m ON true
      LEFT JOIN "Alert" a ON a."kind" = 'client-silent' AND a."subject" = 'client:' || c."id" AND a."closedAt" IS NULL
      WHERE ${wanted}) each`
  const clients = JSON.parse(row?.clients ?? '[]') as (Omit<ClientNow, 'sentAt'> & { sentAt: string | null })[]
  return clients.map(({ sentAt, ...client }) => ({ ...client, sentAt: sentAt === null ? null : new Date(sentAt) }))
}
