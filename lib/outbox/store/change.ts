import type { Tx } from '../../db/client'
import { retryDeliveriesNow } from '../../mail-server/store/pauses'
import type { MessageState } from '../message'
import type { MessageChange } from '../ports'

/** A message that a worker has begun is on the wire: nothing takes it back. One that is claimed only is, by its fence. */
export async function changeMessages(tx: Tx, { to, which, expiresAt }: MessageChange, at: Date): Promise<string[]> {
  const from = FROM[to]
  const chosen =
    'ids' in which
      ? await tx.message.findMany({ where: { id: { in: [...which.ids] }, state: { in: from } }, select: { id: true } })
      : await tx.message.findMany({
          where: { state: from.includes(which.state) ? which.state : { in: [] } },
          orderBy: { id: 'asc' },
          take: which.rows,
          select: { id: true },
        })
  const ids = chosen.map(({ id }) => id)
  const changed =
    to === 'hurried' ? await putFirst(tx, ids, at) : await changeRows(tx, to, { ids, from, at, expiresAt })
  const rows = changed.map(({ id }) => id)
  if (to === 'hurried' || to === 'released' || to === 'resent')
    await retryDeliveriesNow(tx, [...new Set(changed.map(({ mailServerId }) => mailServerId))])
  if (to !== 'cancelled' && to !== 'resent') return rows
  await changeRecipients(tx, to, rows, at)
  const state = to === 'cancelled' ? 'cancelled' : 'queued'
  await tx.reminder.updateMany({ where: { messageId: { in: rows } }, data: { state } })
  return rows
}

/** From which states each change leads on. */
const FROM: Record<MessageChange['to'], MessageState[]> = {
  held: ['queued', 'sending'],
  released: ['held'],
  cancelled: ['queued', 'sending', 'held', 'failed'],
  resent: ['failed', 'cancelled'],
  hurried: ['queued'],
}

interface Changed {
  id: string
  mailServerId: string
}

async function changeRows(
  tx: Tx,
  to: Exclude<MessageChange['to'], 'hurried'>,
  { ids, from, at, expiresAt }: { ids: string[]; from: MessageState[]; at: Date; expiresAt: Date },
): Promise<Changed[]> {
  const state = to === 'held' || to === 'cancelled' ? to : 'queued'
  const reason = to === 'held' || to === 'cancelled' ? 'by-person' : null
  return await tx.$queryRaw<Changed[]>`
    UPDATE "Message" m SET "state" = ${state}, "reason" = ${reason}, "fence" = m."fence" + 1,
      "leasedUntil" = NULL, "holder" = NULL, "begunAt" = NULL,
      "endedAt" = CASE WHEN ${state} = 'cancelled' THEN ${at}::timestamptz END,
      "dueAt" = CASE WHEN ${state} = 'queued' THEN ${at}::timestamptz ELSE m."dueAt" END,
      "expiresAt" = CASE WHEN ${state} = 'queued' THEN ${expiresAt}::timestamptz ELSE m."expiresAt" END,
      "interruptions" = CASE WHEN ${state} = 'queued' THEN 0 ELSE m."interruptions" END,
      "failoverRejected" = m."failoverRejected" AND ${to} <> 'resent'
    WHERE m."id" = ANY(${ids}::uuid[]) AND m."state" = ANY(${from}::text[]) AND m."begunAt" IS NULL
      AND (${to} <> 'resent' OR EXISTS (SELECT 1 FROM "MessageBody" b WHERE b."messageId" = m."id"))
    RETURNING m."id", m."mailServerId"`
}

/** Due now, and before all else that waits for the same connections. */
const putFirst = (tx: Tx, ids: string[], at: Date): Promise<Changed[]> => tx.$queryRaw<Changed[]>`
  WITH route AS MATERIALIZED (
    SELECT DISTINCT "mailServerId", "mailbox" FROM "Message" WHERE "id" = ANY(${ids}::uuid[]) AND "state" = 'queued'
  ), first AS MATERIALIZED (
    SELECT route.*, (
      SELECT min(w."dueAt") FROM "Message" w
      WHERE w."state" = 'queued' AND w."mailServerId" = route."mailServerId" AND w."mailbox" = route."mailbox") AS "dueAt"
    FROM route
  )
  UPDATE "Message" m SET "dueAt" = least(${at}::timestamptz, first."dueAt" - interval '1 millisecond')
  FROM first
  WHERE m."id" = ANY(${ids}::uuid[]) AND m."state" = 'queued'
    AND m."mailServerId" = first."mailServerId" AND m."mailbox" = first."mailbox"
  RETURNING m."id", m."mailServerId"`

async function changeRecipients(tx: Tx, to: 'cancelled' | 'resent', ids: string[], at: Date): Promise<void> {
  const messageId = { in: ids }
  if (to === 'cancelled') {
    await tx.recipient.updateMany({ where: { messageId, state: 'queued' }, data: { state: 'cancelled', at } })
    await tx.messageBody.deleteMany({ where: { messageId } })
    return
  }
  await tx.recipient.updateMany({
    // What a policy rule declined stays declined.
    where: { messageId, state: { in: ['failed', 'cancelled'] } },
    data: { state: 'queued' },
  })
}
