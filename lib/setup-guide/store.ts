import { may } from '../access/permissions'
import type { AuditEntry } from '../audit/entry'
import { appendAudit } from '../audit/store/log'
import type { Db } from '../db/client'
import { QUEUED } from '../db/client'
import { Prisma } from '../db/generated/client'
import type { PropagationRetryModel } from '../db/generated/models'
import { type Actor, ROLES } from '../kernel/actor'
import type { Clock } from '../kernel/clock'
import { DIAGNOSIS_CODES } from '../kernel/diagnosis-code'
import { fail, ok } from '../kernel/result'
import type { EvidenceRun, PlanOutcome, RetryPlan, SavedServer, SetUpStore, TestedValues } from './ports'

const OUTCOMES: readonly PlanOutcome[] = ['accepted', 'failed', 'over', 'cancelled', 'replaced']
const PROOF_OF: Record<string, SavedServer['proof']> = {
  'client-secret': 'secret',
  certificate: 'certificate',
  'federated-token': 'secretless',
  'managed-identity': 'secretless',
}

export function createSetUpStore(db: Db, clock: Clock): SetUpStore {
  return {
    async saved(id) {
      const row = await db.mailServer.findUnique({
        where: { id, version: { gt: 0 }, removedAt: null },
        select: { version: true, settings: true, credential: { select: { kind: true } } },
      })
      const values = row && valuesIn(row.settings)
      return values && { ...values, version: row.version, proof: PROOF_OF[row.credential?.kind ?? ''] ?? null }
    },

    async runs(mailServerId, atMost) {
      const [rows, current] = await Promise.all([
        db.testRun.findMany({
          where: { mailServerId, settings: { path: ['type'], equals: 'exchange-online-oauth2' }, asSender: null },
          orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
          take: atMost,
          select: {
            id: true,
            startedAt: true,
            settings: true,
            digest: true,
            dryRun: true,
            outcome: true,
            diagnosisCode: true,
            stages: true,
          },
        }),
        db.mailServerRevision.findFirst({
          where: { mailServerId },
          orderBy: { number: 'desc' },
          select: { digest: true },
        }),
      ])
      return rows.flatMap(({ settings, digest, outcome, diagnosisCode, stages, ...row }) => {
        const values = valuesIn(settings)
        return values
          ? [
              {
                ...row,
                values,
                current: digest !== null && digest === current?.digest,
                outcome: outcome === 'accepted' || outcome === 'ready' ? outcome : ('failed' as const),
                code: DIAGNOSIS_CODES.find((code) => code === diagnosisCode) ?? null,
                stages: stages as unknown as EvidenceRun['stages'],
              },
            ]
          : []
      })
    },

    async latestPlan(mailServerId) {
      const row = await db.propagationRetry.findFirst({
        where: { mailServerId },
        orderBy: [{ endedAt: { sort: 'desc', nulls: 'first' } }],
      })
      return row && planOf(row)
    },

    async openPlan({ startedBy, ...plan }, audit) {
      try {
        await db.$transaction(async (tx) => {
          await tx.propagationRetry.create({
            data: { ...plan, startedBy: startedBy as Prisma.InputJsonObject },
          })
          await appendAudit(tx, audit, clock.now())
        }, QUEUED)
        return ok(undefined)
      } catch (thrown) {
        // The database allows one open plan for each mail server.
        if (thrown instanceof Prisma.PrismaClientKnownRequestError && thrown.code === 'P2002')
          return fail('already-running')
        throw thrown
      }
    },

    async takeTurn(now, nextAt) {
      const due = await db.propagationRetry.findFirst({
        where: { endedAt: null, nextAt: { lte: now } },
        orderBy: { nextAt: 'asc' },
      })
      if (!due) return null
      const where = { id: due.id, endedAt: null, nextAt: due.nextAt }
      const { count } = await db.propagationRetry.updateMany({ where, data: { nextAt } })
      return count === 1 ? planOf({ ...due, nextAt }) : null
    },

    async postpone(id, nextAt) {
      await db.propagationRetry.updateMany({ where: { id, endedAt: null }, data: { nextAt } })
    },

    async noteTest(id, testId) {
      await db.propagationRetry.updateMany({ where: { id }, data: { lastTestId: testId } })
    },

    endPlan: (id: string, outcome: PlanOutcome, at: Date, audit: AuditEntry) =>
      db.$transaction(async (tx) => {
        const { count } = await tx.propagationRetry.updateMany({
          where: { id, endedAt: null },
          data: { endedAt: at, outcome },
        })
        if (count === 1) await appendAudit(tx, audit, clock.now())
        return count === 1
      }, QUEUED),

    async mayStillTest(actor) {
      if (actor.kind !== 'operator') return actor.kind === 'command-line'
      const row = await db.operator.findUnique({ where: { id: actor.id }, select: { role: true, disabledAt: true } })
      const role = ROLES.find((known) => known === row?.role)
      return role !== undefined && row?.disabledAt === null && may(role, 'mail-server:test')
    },
  }
}

/** Whether there is anything to try; one row by its index, so the clock may ask every minute. */
export async function retryIsDue(db: Db, now: Date): Promise<boolean> {
  return (await db.propagationRetry.count({ where: { endedAt: null, nextAt: { lte: now } } })) > 0
}

/** What a test or a save was about; null where it is not Exchange Online. */
function valuesIn(settings: Prisma.JsonValue): TestedValues | null {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) return null
  const { type, cloud, tenantId, clientId, senderAddress: sender } = settings
  if (type !== 'exchange-online-oauth2') return null
  return typeof cloud === 'string' &&
    typeof tenantId === 'string' &&
    typeof clientId === 'string' &&
    typeof sender === 'string'
    ? { cloud, tenantId, clientId, sender }
    : null
}

const planOf = ({ startedBy, outcome, ...row }: PropagationRetryModel): RetryPlan => ({
  ...row,
  startedBy: startedBy as unknown as Actor,
  outcome: OUTCOMES.find((known) => known === outcome) ?? null,
})
