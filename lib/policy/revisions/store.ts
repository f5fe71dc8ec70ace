import { appendAudit } from '../../audit/store/log'
import type { Db, Tx } from '../../db/client'
import { QUEUED } from '../../db/client'
import { defaultMailServerId } from '../../db/default-mail-server'
import type { Prisma } from '../../db/generated/client'
import { SERVERS_LOCK } from '../../db/locks'
import type { Clock } from '../../kernel/clock'
import { fail, ok } from '../../kernel/result'
import { type PolicyRules, serversNamed } from '..'
import { storedRules } from '../stored'
import type { RulesInUse, RulesStore, RulesWrite, StoredRules } from './ports'

/** Names of the moments between two writes of one save: a test throws there, the shipped wiring does nothing. */
export type CrashPoint = 'revision' | 'audit'
const nowhere = (_: CrashPoint): void => {}

/** Another save came first. Thrown to roll the transaction back, and told as a value outside. */
export class RulesChangedMeanwhile extends Error {}
/** A mail server that a rule names was removed. */
class ServerGone extends Error {}

export function createRulesStore(
  db: Db,
  clock: Clock,
  crash: (point: CrashPoint) => void = nowhere,
): RulesStore & Pick<RulesInUse, 'defaultServer'> {
  return {
    async load() {
      const row = await db.policyRevision.findFirst({ orderBy: { number: 'desc' } })
      return row && storedOf(row)
    },
    defaultServer: () => defaultMailServerId(db),
    async newest() {
      const { _max } = await db.policyRevision.aggregate({ _max: { number: true } })
      return _max.number ?? 0
    },
    async revision(number) {
      const row = await db.policyRevision.findUnique({ where: { number } })
      return row && storedOf(row)
    },
    async revisions({ page, size }) {
      const [rows, total] = await Promise.all([
        db.policyRevision.findMany({ orderBy: { number: 'desc' }, skip: (page - 1) * size, take: size }),
        db.policyRevision.count(),
      ])
      return { rows: rows.map(storedOf), total }
    },
    async write(write) {
      try {
        await db.$transaction(async (tx) => {
          await standsBy(tx, write.rules)
          await writeRules(tx, write, clock.now())
          crash('revision')
          await appendAudit(tx, write.audit, clock.now())
          crash('audit')
        }, QUEUED)
        return ok({ number: write.after + 1 })
      } catch (thrown) {
        if (thrown instanceof RulesChangedMeanwhile) return fail('changed-meanwhile')
        if (thrown instanceof ServerGone) return fail('server-gone')
        throw thrown
      }
    },
  }
}

/** Every mail server that a rule names is there, until this transaction has ended. */
async function standsBy(tx: Tx, rules: PolicyRules): Promise<void> {
  const named = serversNamed(rules)
  if (named.length === 0) return
  // Whoever removes one waits for us, or we see that it is gone.
  await tx.$executeRaw`SELECT pg_advisory_xact_lock_shared(${SERVERS_LOCK})`
  const there = await tx.mailServer.count({ where: { id: { in: named }, version: { gt: 0 }, removedAt: null } })
  if (there < named.length) throw new ServerGone()
}

/**
 * The revision's own number is its lock: of any number of saves made on one revision the table lets one through. Numbers
 * have no gaps, so the one before it is there.
 */
export async function writeRules(
  tx: Tx,
  { after, rules, savedBy }: Omit<RulesWrite, 'audit'>,
  now: Date,
): Promise<void> {
  if (after > 0 && (await tx.policyRevision.count({ where: { number: after } })) === 0)
    throw new RulesChangedMeanwhile()
  const { count } = await tx.policyRevision.createMany({
    data: [{ number: after + 1, rules: rules as unknown as Prisma.InputJsonObject, savedBy, savedAt: now }],
    skipDuplicates: true,
  })
  if (count !== 1) throw new RulesChangedMeanwhile()
}

const storedOf = ({ number, rules, savedBy, savedAt }: Prisma.PolicyRevisionGetPayload<object>): StoredRules => ({
  number,
  rules: storedRules(rules),
  savedBy,
  savedAt,
})
