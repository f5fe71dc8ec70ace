import { Prisma } from '../../db'
import { DAY_MS, idsFrom } from '../../kernel'
import { COUNTED_BY_STATE_MAX } from '../message'
import type { StoreDeps } from './deps'

export interface Waiting {
  messages: number
  bytes: number
}

export interface WaitingOfClient extends Waiting {
  /** Null for mail of the console and its operators, and for what was not counted by client. */
  clientId: string | null
}

/** Each part is read by the index of its state; without `clientId`, from the index alone. */
const WAITING = Prisma.sql`(SELECT "clientId", "sizeBytes" FROM "Message" WHERE "state" = 'queued'
  UNION ALL SELECT "clientId", "sizeBytes" FROM "Message" WHERE "state" = 'sending'
  UNION ALL SELECT "clientId", "sizeBytes" FROM "Message" WHERE "state" = 'held') waiting`
const SUMS = Prisma.sql`count(*)::float8 AS messages, coalesce(sum("sizeBytes"), 0)::float8 AS bytes`

/** Counts what waits: of each client, or in all if it is less than `byClientFrom`. Clients of which nothing waits are missing. */
export async function readWaiting({ db }: StoreDeps, byClientFrom: Waiting): Promise<WaitingOfClient[]> {
  const all = await db.$queryRaw<WaitingOfClient[]>`SELECT NULL AS "clientId", ${SUMS} FROM ${WAITING}`
  if (all.every(({ messages, bytes }) => messages < byClientFrom.messages && bytes < byClientFrom.bytes)) return all
  return db.$queryRaw<WaitingOfClient[]>`SELECT "clientId", ${SUMS} FROM ${WAITING} GROUP BY "clientId"`
}

/** How many messages of a client wait, counted up to 10,000. */
export async function waitingOf({ db }: StoreDeps, clientId: string): Promise<number> {
  const [row] = await db.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM (
      SELECT 1 FROM ${WAITING} WHERE "clientId" = ${clientId}::uuid LIMIT ${COUNTED_BY_STATE_MAX}) counted`
  return row?.count ?? 0
}

export type ClientCounts = { day: number; week: number }

/** How many messages each of these clients submitted in the last 24 hours and the last 7 days, each counted up to 10,000. */
export async function countsOfClients({ db, now }: StoreDeps, ids: readonly string[]) {
  const countOf = (spanMs: number) => Prisma.sql`(
    SELECT count(*)::int FROM (SELECT 1 FROM "Message" m WHERE m."clientId" = c."id"
      AND m."id" >= ${idsFrom(now().getTime() - spanMs)}::uuid LIMIT ${COUNTED_BY_STATE_MAX}) counted)`
  const rows = await db.$queryRaw<(ClientCounts & { id: string })[]>`
    SELECT c."id", ${countOf(DAY_MS)} AS "day", ${countOf(7 * DAY_MS)} AS "week"
    FROM unnest(${[...ids]}::uuid[]) AS c("id")`
  return new Map(rows.map(({ id, ...counts }) => [id, counts]))
}
