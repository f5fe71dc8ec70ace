import { may } from '../../access/permissions'
import { type AuditEntry, audited } from '../../audit'
import type { Db, DbDeps } from '../../db'
import type { PropagationRetryModel } from '../../db/generated/models'
import { type Actor, ROLES } from '../../kernel'

const OUTCOMES = ['accepted', 'failed', 'over', 'cancelled', 'replaced'] as const
export type PlanOutcome = (typeof OUTCOMES)[number]

/** A request to test a mail server repeatedly while Microsoft has not applied its permissions everywhere. */
export interface RetryPlan extends Omit<PropagationRetryModel, 'startedBy' | 'outcome'> {
  /** The tests run in this actor's name and count against their test limit. */
  startedBy: Actor
  outcome: PlanOutcome | null
}

/** The open plan of this mail server, or else the one that ended last. */
export async function latestPlan(db: Db, mailServerId: string): Promise<RetryPlan | null> {
  const row = await db.propagationRetry.findFirst({
    where: { mailServerId },
    orderBy: [{ endedAt: { sort: 'desc', nulls: 'first' } }],
  })
  return row && planOf(row)
}

/** Whether any plan is due. Reads one index entry, so the scheduler may ask every minute. */
export const retryIsDue = async (db: Db, now: Date): Promise<boolean> =>
  (await db.propagationRetry.count({ where: { endedAt: null, nextAt: { lte: now } } })) > 0

/** Claims the next due plan by moving its next test. Null if none is due, or if another worker claimed it. */
export async function claimDuePlan(db: Db, now: Date, nextAt: Date): Promise<RetryPlan | null> {
  const due = await db.propagationRetry.findFirst({
    where: { endedAt: null, nextAt: { lte: now } },
    orderBy: { nextAt: 'asc' },
  })
  if (!due) return null
  const where = { id: due.id, endedAt: null, nextAt: due.nextAt }
  const { count } = await db.propagationRetry.updateMany({ where, data: { nextAt } })
  return count === 1 ? planOf({ ...due, nextAt }) : null
}

/** Ends a plan with its audit entry. False if it had already ended. */
export const endPlan = (deps: DbDeps, id: string, outcome: PlanOutcome, audit: AuditEntry): Promise<boolean> =>
  audited(deps, audit, (tx, endedAt) =>
    tx.propagationRetry.updateMany({ where: { id, endedAt: null }, data: { endedAt, outcome } }),
  )

/** Whether this actor may still test: the account exists, is not disabled, and has a role that allows it. */
export async function mayStillTest(db: Db, actor: Actor): Promise<boolean> {
  if (actor.kind !== 'operator') return actor.kind === 'command-line'
  const row = await db.operator.findUnique({ where: { id: actor.id }, select: { role: true, disabledAt: true } })
  const role = ROLES.find((known) => known === row?.role)
  return role !== undefined && row?.disabledAt === null && may(role, 'mail-server:test')
}

const planOf = ({ startedBy, outcome, ...row }: PropagationRetryModel): RetryPlan => ({
  ...row,
  startedBy: startedBy as unknown as Actor,
  outcome: OUTCOMES.find((known) => known === outcome) ?? null,
})
