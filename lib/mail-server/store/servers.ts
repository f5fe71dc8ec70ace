import type { AuditEntry } from '../../audit/entry'
import { appendAudit } from '../../audit/store/log'
import type { Db, Tx } from '../../db/client'
import { QUEUED } from '../../db/client'
import { defaultMailServerId } from '../../db/default-mail-server'
import { Prisma } from '../../db/generated/client'
import { SERVERS_LOCK } from '../../db/locks'
import { wakeOthers } from '../../db/notify'
import type { Clock } from '../../kernel/clock'
import { storedSettings } from '../../kernel/mail-server-settings'
import { fail, ok, type Result } from '../../kernel/result'
import { serverPicked } from '../../policy/rules'
import { storedRules } from '../../policy/stored'
import { type ListedServer, MAIL_SERVERS_MAX, type MailServersStore, type UsedBy } from '../servers'
import { activeFailover, NOT_PAUSED, WITH_FAILOVER } from './pauses'

const UNIQUE = 'P2002'
const WAITING = ['queued', 'sending', 'held']

/** Thrown to roll the transaction back, and told as a value outside. */
class Refused extends Error {
  constructor(readonly fault: unknown) {
    super('refused')
  }
}

export function createMailServersStore(db: Db, clock: Clock): MailServersStore {
  /** One step with its audit row; steps of the list follow one another. */
  async function step<F>(audit: AuditEntry, act: (tx: Tx, refuse: (fault: F) => never) => Promise<void>) {
    const refuse = (fault: F): never => {
      throw new Refused(fault)
    }
    try {
      await db.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(${SERVERS_LOCK})`
        await act(tx, refuse)
        await appendAudit(tx, audit, clock.now())
      }, QUEUED)
      return ok(undefined)
    } catch (thrown) {
      if (thrown instanceof Refused) return fail(thrown.fault as F)
      if (thrown instanceof Prisma.PrismaClientKnownRequestError && thrown.code === UNIQUE)
        return fail('name-taken' as F)
      throw thrown
    }
  }

  return {
    async list() {
      const rows = await db.mailServer.findMany({
        where: { removedAt: null },
        orderBy: IN_ORDER,
        include: WITH_FAILOVER,
      })
      return rows.map(listedOf)
    },

    defaultId: () => defaultMailServerId(db),

    async inUse() {
      const [rows, rules] = await Promise.all([
        db.mailServer.findMany({
          where: { removedAt: null },
          orderBy: IN_ORDER,
          select: { id: true, isDefault: true, failoverId: true },
        }),
        newestRules(db),
      ])
      const picked = new Set(rules.flatMap(({ enabled, server }) => (enabled && server !== null ? [server] : [])))
      const leavesBy = rows.filter(({ id, isDefault }) => isDefault || picked.has(id))
      const backups = new Set(leavesBy.map(({ failoverId }) => failoverId))
      return rows.filter((row) => leavesBy.includes(row) || backups.has(row.id)).map(({ id }) => id)
    },

    add: ({ id, name }, audit) =>
      step<'name-taken' | 'too-many'>(audit, async (tx, refuse) => {
        if ((await tx.mailServer.count({ where: { removedAt: null } })) >= MAIL_SERVERS_MAX) refuse('too-many')
        await tx.mailServer.create({ data: { id, name, version: 0, settings: {} } })
      }),

    rename: (id, name, audit) =>
      step<'name-taken' | 'gone'>(audit, async (tx, refuse) => {
        const { count } = await tx.mailServer.updateMany({ where: { id, removedAt: null }, data: { name } })
        if (count !== 1) refuse('gone')
      }),

    makeDefault: (id, audit) =>
      step<'gone' | 'nothing-saved'>(audit, async (tx, refuse) => {
        const row = await tx.mailServer.findUnique({ where: { id, removedAt: null }, select: { version: true } })
        if (!row) return refuse('gone')
        if (row.version === 0) refuse('nothing-saved')
        await tx.mailServer.updateMany({ where: { isDefault: true }, data: { isDefault: false } })
        await tx.mailServer.update({ where: { id }, data: { isDefault: true } })
      }),

    setFailover: (id, failoverId, audit) =>
      step<'gone' | 'nothing-saved'>(audit, async (tx, refuse) => {
        const where = { id: failoverId ?? id, removedAt: null }
        const failover = await tx.mailServer.findUnique({ where, select: { version: true } })
        if (!failover) return refuse('gone')
        if (failoverId !== null && failover.version === 0) refuse('nothing-saved')
        const { count } = await tx.mailServer.updateMany({
          where: { id, removedAt: null },
          data: { failoverId, retryNowCount: { increment: 1 } },
        })
        if (count !== 1) refuse('gone')
        await wakeOthers(tx)
      }),

    remove: (id, audit): Promise<Result<void, 'gone' | UsedBy>> =>
      step<'gone' | UsedBy>(audit, async (tx, refuse) => {
        const row = await tx.mailServer.findUnique({ where: { id, removedAt: null }, select: { isDefault: true } })
        if (!row) return refuse('gone')
        if (row.isDefault) refuse({ by: 'default' })
        const named = (await newestRules(tx)).filter(({ server }) => server === id).map(({ name }) => name)
        if (named.length > 0) refuse({ by: 'rules', names: named })
        const failoverOf = await tx.mailServer.findMany({
          where: { failoverId: id, removedAt: null },
          select: { name: true },
        })
        if (failoverOf.length > 0) refuse({ by: 'servers', names: failoverOf.map(({ name }) => name) })
        const count = await tx.message.count({
          where: { OR: [{ mailServerId: id }, { movedFromId: id }], state: { in: WAITING } },
        })
        if (count > 0) refuse({ by: 'mail', count })
        await takeAway(tx, id, clock.now())
      }),
  }
}

const IN_ORDER = [{ isDefault: 'desc' }, { createdAt: 'asc' }] satisfies Prisma.MailServerOrderByWithRelationInput[]

/** Rules as they are saved, on or off. None: no mail that a person caused leaves by rules that cannot be read. */
async function newestRules(db: Db | Tx): Promise<{ name: string; enabled: boolean; server: string | null }[]> {
  const row = await db.policyRevision.findFirst({ orderBy: { number: 'desc' }, select: { rules: true } })
  const rules = (row && storedRules(row.rules)?.rules) ?? []
  return rules.map(({ name, enabled, outcome }) => ({
    ...{ name, enabled },
    server: serverPicked(outcome),
  }))
}

/** The row stays for what names it. Its secrets go, and with them whatever was under way for them. */
async function takeAway(tx: Tx, id: string, now: Date): Promise<void> {
  await tx.mailServer.update({
    where: { id },
    data: { removedAt: now, credentialId: null, failoverId: null, ...NOT_PAUSED },
  })
  await tx.credential.updateMany({
    where: { mailServerId: id, removedAt: null },
    data: { slot: 'previous', sealed: null, kid: null, replacedAt: now, removedAt: now, fallbackUntil: null },
  })
  await tx.rotation.updateMany({
    where: { mailServerId: id, endedAt: null },
    data: { step: 'given-up', endedAt: now, updatedAt: now, nextTryAt: null },
  })
  await tx.propagationRetry.updateMany({
    where: { mailServerId: id, endedAt: null },
    data: { endedAt: now, outcome: 'replaced' },
  })
}

const listedOf = (row: Prisma.MailServerGetPayload<{ include: typeof WITH_FAILOVER }>): ListedServer => ({
  id: row.id,
  name: row.name,
  isDefault: row.isDefault,
  version: row.version,
  settings: storedSettings(row.settings),
  failoverId: row.failoverId,
  activeFailoverId: activeFailover(row)?.id ?? null,
})
