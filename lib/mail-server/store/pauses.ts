import { appendAudit } from '../../audit/store/log'
import type { Db, Tx } from '../../db/client'
import { wakeOthers } from '../../db/notify'
import { named } from '../../db/one-row'
import { SYSTEM_CALLER } from '../../kernel/actor'

import type { Pauses } from '../pauses'
import type { DeliveryHealth } from '../ports'

const BY_DIAGNOSIS = 'diagnosis'

export function outboxPauses(db: Db, now: () => Date): Pauses {
  return {
    pause(id, { by, code, evidence, version, nextProbeAt, isOwn }, audit) {
      return db.$transaction(async (tx) => {
        const isPerson = by !== BY_DIAGNOSIS
        const open = isPerson ? { OR: [{ pausedAt: null }, { pausedBy: BY_DIAGNOSIS }] } : { pausedAt: null }
        const why = { pauseCode: code, pauseEvidence: evidence, pauseVersion: version, nextProbeAt, pauseIsOwn: isOwn }
        const { count } = await tx.mailServer.updateMany({
          where: { id: named(id), ...open },
          data: { pausedAt: now(), pausedBy: by, ...why },
        })
        if (count === 1) await appendAudit(tx, audit, now())
        else await tx.mailServer.updateMany({ where: { id, pausedBy: BY_DIAGNOSIS }, data: why })
        return count === 1
      })
    },

    resume(id, by, audit) {
      return db.$transaction(async (tx) => {
        const which = by === 'person' ? { NOT: { pausedAt: null } } : { pausedBy: BY_DIAGNOSIS }
        const data = { ...NOT_PAUSED, retryNowCount: { increment: 1 } }
        const { count } = await tx.mailServer.updateMany({ where: { id: named(id), ...which }, data })
        if (count === 1) await appendAudit(tx, audit, now())
        return count === 1
      })
    },

    async verify({ mailServerId, version, from, messageId, at }) {
      await db.$executeRaw`
        UPDATE "MailServer" SET "deliveredVersion" = ${version}, "deliveredMessageId" = ${messageId}::uuid, "deliveredAt" = ${at}
        WHERE "id" = ${mailServerId}::uuid AND "version" = ${version} AND "deliveredVersion" IS DISTINCT FROM ${version}
          AND lower("settings"->>'senderAddress') = lower(${from})`
    },

    async delivery() {
      const rows = await db.mailServer.findMany({
        where: { version: { gt: 0 }, removedAt: null },
        orderBy: [{ isDefault: 'desc' }, { createdAt: 'asc' }],
        select: {
          ...{ id: true, name: true, pausedAt: true, pausedBy: true, pauseCode: true, pauseIsOwn: true },
          ...WITH_FAILOVER,
        },
      })
      return rows.map(
        ({ id: mailServerId, name, pausedAt: at, pausedBy: by, pauseCode: code, pauseIsOwn, failover }) => ({
          mailServerId,
          name,
          pause: at && { at, by: by ?? '', code },
          failover: activeFailover({ pauseIsOwn, failover })?.name ?? null,
        }),
      )
    },

    async takeProbe(id, nextProbeAt) {
      const at = now()
      const count = await db.$executeRaw`
        UPDATE "MailServer" SET "nextProbeAt" = ${nextProbeAt}, "pauseVersion" = "version"
        WHERE "id" = ${id}::uuid AND "pausedBy" = ${BY_DIAGNOSIS}
        AND ("nextProbeAt" IS NULL OR "nextProbeAt" <= ${at} OR "pauseVersion" IS DISTINCT FROM "version")`
      return count === 1
    },

    async changedAt(id) {
      const row = await db.mailServerRevision.findFirst({
        where: { mailServerId: id },
        orderBy: { number: 'desc' },
        select: { savedAt: true },
      })
      return row?.savedAt ?? null
    },
  }
}

interface Backup {
  version: number
  removedAt: Date | null
  pausedAt: Date | null
}
export const WITH_FAILOVER = {
  failover: { select: { id: true, name: true, version: true, removedAt: true, pausedAt: true } },
} as const

/** The backup that has taken over. Its own is not asked: a mail goes to its mail server or to that one's backup, and no further. */
export function activeFailover<B extends Backup>({
  pauseIsOwn,
  failover,
}: {
  pauseIsOwn: boolean
  failover: B | null
}): B | null {
  const isUsable =
    failover !== null && failover.version > 0 && failover.removedAt === null && failover.pausedAt === null
  return pauseIsOwn && isUsable ? failover : null
}

const senderIn = (decision: unknown): string | null => {
  const { from } = Object(decision) as { from?: unknown }
  return typeof from === 'string' ? from : null
}

const HEALTH = {
  ...{ pausedAt: true, pausedBy: true, pauseIsOwn: true },
  ...{ deliveredVersion: true, deliveredMessageId: true, deliveredAt: true },
  ...WITH_FAILOVER,
} as const

/** What a mail server's mail met, for its word on the pages. */
export async function readDeliveryHealth(db: Db, id: string, version: number): Promise<DeliveryHealth> {
  const [server, attempt] = await Promise.all([
    db.mailServer.findUnique({
      where: { id },
      select: HEALTH,
    }),
    db.attempt.findFirst({
      where: { mailServerId: id, outcome: { not: 'refused' } },
      orderBy: { at: 'desc' },
      select: { at: true, messageId: true, outcome: true, version: true, decision: true },
    }),
  ])
  const pausedBy = server?.pausedAt ? (server.pausedBy === BY_DIAGNOSIS ? 'diagnosis' : 'person') : null
  const failover = server && (await workingFailover(db, server))
  const verifiedBy = server?.deliveredVersion === version ? deliveredIn(server) : null
  if (attempt?.version !== version) return { pausedBy, failover, verifiedBy, latestAttempt: null }
  const { at, messageId, outcome, decision } = attempt
  const takenFrom = outcome === 'accepted' ? senderIn(decision) : null
  return { pausedBy, failover, verifiedBy, latestAttempt: { at, messageId, failed: outcome === 'failed', takenFrom } }
}

const deliveredIn = ({
  deliveredMessageId: messageId,
  deliveredAt: at,
}: {
  deliveredMessageId: string | null
  deliveredAt: Date | null
}) => (messageId !== null && at !== null ? { messageId, at } : null)

/** Name of the failover server that has taken over, unless its newest attempt since then failed as well. */
async function workingFailover(
  db: Db,
  server: { pausedAt: Date | null; pauseIsOwn: boolean; failover: (Backup & { id: string; name: string }) | null },
): Promise<string | null> {
  const failover = activeFailover(server)
  if (!failover || !server.pausedAt) return null
  const attempt = await db.attempt.findFirst({
    where: { mailServerId: failover.id, outcome: { not: 'refused' }, at: { gte: server.pausedAt } },
    orderBy: { at: 'desc' },
    select: { outcome: true },
  })
  return attempt?.outcome === 'failed' ? null : failover.name
}

/** What waits at them is tried at once: no worker waits out a failed connection, and a pause by diagnosis allows a try. */
export async function retryDeliveriesNow(tx: Tx, mailServerIds: readonly string[]): Promise<void> {
  await tx.$executeRaw`
    UPDATE "MailServer" SET "retryNowCount" = "retryNowCount" + 1,
      "nextProbeAt" = CASE WHEN "pausedBy" IS DISTINCT FROM ${BY_DIAGNOSIS} THEN "nextProbeAt" END
    WHERE "id" = ANY(${mailServerIds}::uuid[])`
}

/**
 * A test of these very settings was accepted: every pause but a person's ends with it, and what waits is tried at once. In the
 * test's own transaction, which holds the mail server's row.
 */
export async function resumeAfterTest(
  tx: Tx,
  { id, pausedBy }: { id: string; pausedBy: string | null },
  now: Date,
): Promise<void> {
  const resumes = pausedBy === BY_DIAGNOSIS
  await tx.mailServer.updateMany({
    where: { id },
    data: { retryNowCount: { increment: 1 }, ...(resumes && NOT_PAUSED) },
  })
  await wakeOthers(tx)
  if (!resumes) return
  const subject = `mail-server:${id}`
  const details = { by: 'test' }
  await appendAudit(tx, { action: 'mail-server.resume', ...SYSTEM_CALLER, result: 'done', subject, details }, now)
}

export const NOT_PAUSED = {
  pausedAt: null,
  pausedBy: null,
  pauseCode: null,
  pauseEvidence: null,
  pauseVersion: null,
  nextProbeAt: null,
  pauseIsOwn: false,
}
