import { type CredentialKind, credentialKind, idsFrom } from '../../kernel'
import { type AlertDeps, measure, sharedAt } from '../measure'
import type { Week } from './schedule'

/** What happened in a week, and what comes next. */
export interface WeeklyFacts {
  sent: number
  /** Messages that failed in the week, are still failed and stored, and were not dismissed, as Messages and Overview count them. */
  failed: number
  /** The same by diagnosis code, the most frequent cause first. */
  causes: { code: string; count: number }[]
  /** The clients that submitted most. */
  clients: { name: string; count: number }[]
  /** What expires first from now on; a report may be late. The certificate of the SMTP listener has no name. */
  expiring: { kind: CredentialKind | 'api-key' | 'listener'; name: string; expiresAt: Date }[]
}

/** More rows would not be read. */
const ROWS_MAX = 5

export async function weeklyFacts(deps: AlertDeps, week: Week): Promise<WeeklyFacts> {
  const { db } = deps
  const { from, to } = week
  const [{ _sum }, causes, clients, expiring] = await Promise.all([
    db.mailboxHour.aggregate({ _sum: { delivered: true }, where: { hour: { gte: from, lt: to } } }),
    db.$queryRaw<WeeklyFacts['causes']>`
      SELECT coalesce(nullif("reason", 'partly'), "lastCode", 'unrecognised') AS "code", count(*)::int AS "count" FROM "Message"
      WHERE "endedAt" >= ${from} AND "endedAt" < ${to} AND "state" = 'failed' GROUP BY 1 ORDER BY 2 DESC, 1`,
    // For each client from its index: a join would read every message.
    db.$queryRaw<WeeklyFacts['clients']>`
      SELECT c."name", n."count" FROM "Client" c CROSS JOIN LATERAL (
        SELECT count(*)::int AS "count" FROM "Message" m WHERE m."clientId" = c."id"
        AND m."id" >= ${idsFrom(from.getTime())}::uuid AND m."id" < ${idsFrom(to.getTime())}::uuid) n
      WHERE n."count" > 0 ORDER BY 2 DESC, 1 LIMIT ${ROWS_MAX}`,
    expiringAfter(deps, deps.clock.now()),
  ])
  const failed = causes.reduce((sum, { count }) => sum + count, 0)
  return { sent: _sum.delivered ?? 0, failed, causes, clients, expiring }
}

async function expiringAfter(deps: AlertDeps, after: Date): Promise<WeeklyFacts['expiring']> {
  const first = { orderBy: { expiresAt: 'asc' as const }, take: ROWS_MAX }
  const expiresAt = { gt: after }
  const [credentials, keys, { certificate }] = await Promise.all([
    deps.db.credential.findMany({
      where: { removedAt: null, slot: { not: 'previous' }, expiresAt },
      ...first,
      select: { kind: true, expiresAt: true, mailServer: { select: { name: true } } },
    }),
    deps.db.client.findMany({
      where: { removedAt: null, disabledAt: null, expiresAt },
      ...first,
      select: { name: true, expiresAt: true },
    }),
    measure(deps, 'certificate', sharedAt(deps.db, after)),
  ])
  const next = (certificate ?? []).find((each) => each.expiresAt > after)
  const all = [
    ...credentials.map(({ mailServer: { name }, kind, ...row }) => ({ kind: credentialKind(kind), name, ...row })),
    ...keys.map((row) => ({ kind: 'api-key' as const, ...row })),
    ...(next ? [{ kind: 'listener' as const, name: '', expiresAt: next.expiresAt }] : []),
  ]
  return all
    .flatMap((row) => (row.expiresAt ? [{ ...row, expiresAt: row.expiresAt }] : []))
    .sort((a, b) => a.expiresAt.getTime() - b.expiresAt.getTime())
    .slice(0, ROWS_MAX)
}
