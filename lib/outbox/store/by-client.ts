import { Prisma } from '../../db'
import { DAY_MS, idsFrom } from '../../kernel'
import { COUNTED_BY_STATE_MAX } from '../message'
import type { StoreDeps } from './deps'

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
