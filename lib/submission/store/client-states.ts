import { type DbDeps, Prisma } from '../../db'
import { DAY_MS } from '../../kernel'
import { type Client, type ClientKind, type ClientState, type ClientWay, SILENT_AFTER_MS } from '../client'

/** What the list of clients says about one. */
export interface ClientNow extends Pick<Client, 'id'> {
  state: ClientState
  /** When its newest message was accepted; null if none is stored. */
  sentAt: Date | null
}

/** Null and an empty text select every client. */
export interface ClientFilter {
  state: ClientState | null
  way: ClientWay | null
  kind: ClientKind | null
  text: string
}

/** The clients of one state, or all. */
export interface ClientsInState {
  count: number
  /** Those that the filter selects, whatever state it chooses. */
  matching: number
  sentToday: number
  /** In their order, if they are no more than `NAMES_MAX`. */
  names: string[]
}

const NAMES_MAX = 3
const NO_CLIENTS: ClientsInState = { count: 0, matching: 0, sentToday: 0, names: [] }

/**
 * One page of the clients that a filter selects: those that were refused first, then those that have stopped sending, then all else, each in the
 * order of their names; and the number of all clients, by state. Those of learning mode are left out. Of thousands no more are read than are shown.
 */
export async function clientsNow({ db, clock }: DbDeps, filter: ClientFilter, page: { page: number; size: number }) {
  const { state, way, kind, text } = filter
  const texts = Prisma.sql`concat_ws(chr(10), c."name", c."place", c."owner", c."login", c."lastAddress", array_to_string(c."senders", chr(10)))`
  type InState = ClientsInState & { state: ClientState | null; rows: StoredNow[] | null }
  const states = await db.$queryRaw<InState[]>`
    WITH each AS MATERIALIZED (
      SELECT ${nowAt(clock.now())}, c."name", (${way}::text IS NULL OR c."way" = ${way}) AND (${kind}::text IS NULL OR c."kind" = ${kind})
        AND (${text}::text = '' OR strpos(lower(${texts} COLLATE "names"), lower(${text} COLLATE "names")) > 0) AS "matches"
      FROM ${CLIENTS} WHERE c."removedAt" IS NULL AND c."learningUntil" IS NULL
    ), listed AS (
      SELECT "id", "state", "sentAt" FROM each WHERE "matches" AND (${state}::text IS NULL OR "state" = ${state})
      ORDER BY CASE "state" WHEN 'refused' THEN 0 WHEN 'stopped' THEN 1 ELSE 2 END, "name" COLLATE "names", "id"
      LIMIT ${page.size} OFFSET ${(page.page - 1) * page.size}
    ), states AS (
      SELECT "state", count(*)::int AS "count", (count(*) FILTER (WHERE "matches"))::int AS "matching",
        (count(*) FILTER (WHERE "sentToday"))::int AS "sentToday"
      FROM each GROUP BY ROLLUP ("state")
    )
    SELECT s.*, CASE WHEN s."count" <= ${NAMES_MAX} THEN ARRAY(SELECT e."name" FROM each e
        WHERE e."state" = coalesce(s."state", e."state") ORDER BY e."name" COLLATE "names", e."id") ELSE '{}' END AS "names",
      CASE WHEN s."state" IS NULL THEN (SELECT json_agg(listed) FROM listed) END AS "rows"
    FROM states s`
  /** All of them for null. */
  const inState = (wanted: ClientState | null): ClientsInState =>
    states.find((each) => each.state === wanted) ?? NO_CLIENTS
  const rows = states.flatMap((each) => each.rows ?? []).map(dated)
  return { rows, total: inState(state).matching, inState }
}

/** One client, also if it was removed or is of learning mode. */
export async function clientNow({ db, clock }: DbDeps, id: string): Promise<ClientNow | null> {
  const [row] = await db.$queryRaw<ClientNow[]>`
    SELECT "id", "state", "sentAt" FROM (SELECT ${nowAt(clock.now())} FROM ${CLIENTS} WHERE c."id" = ${id}::uuid) each`
  return row ?? null
}

type StoredNow = Omit<ClientNow, 'sentAt'> & { sentAt: string | null }
const dated = (row: StoredNow): ClientNow => ({ ...row, sentAt: row.sentAt === null ? null : new Date(row.sentAt) })

const CLIENTS = Prisma.sql`"Client" c
  LEFT JOIN LATERAL (SELECT "acceptedAt" AS "at" FROM "Message" WHERE "clientId" = c."id" ORDER BY "id" DESC LIMIT 1) m ON true
  LEFT JOIN "Alert" a ON a."kind" = 'client-silent' AND a."subject" = 'client:' || c."id" AND a."closedAt" IS NULL`

/** An expired key counts as such even if it was refused; a refusal counts until the next message, and for a week. */
function nowAt(now: Date): Prisma.Sql {
  const [recent, today] = [SILENT_AFTER_MS, DAY_MS].map((ms) => new Date(now.getTime() - ms))
  return Prisma.sql`
    c."id", m."at" AS "sentAt", coalesce(m."at" > ${today}, false) AS "sentToday", CASE
      WHEN c."disabledAt" IS NOT NULL THEN 'disabled'
      WHEN c."expiresAt" <= ${now} THEN 'over'
      WHEN c."lastErrorAt" > greatest(${recent}, m."at") THEN 'refused'
      WHEN a."openedAt" > coalesce(m."at", '-infinity') THEN 'stopped'
      WHEN greatest(c."lastSeenAt", m."at") > ${recent} THEN 'active'
      WHEN c."lastSeenAt" IS NULL AND m."at" IS NULL THEN 'unused'
      ELSE 'silent' END AS "state"`
}
