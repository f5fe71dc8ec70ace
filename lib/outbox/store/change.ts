import type { AuditEntry } from '../../audit/entry'
import { appendAudit } from '../../audit/store/log'
import { QUEUED, type Tx } from '../../db/client'
import { retryDeliveriesNow } from '../../mail-server/store/pauses'
import type { MessageState } from '../message'
import type { StoreDeps } from './deps'

/** Messages by their ids, or all that are in a state. */
export interface MessageChange {
  to: 'hold' | 'release' | 'cancel' | 'resend' | 'retry-now'
  which: { ids: readonly string[] } | { state: MessageState; rows: number }
  /** Until when a released or resent message is attempted. */
  expiresAt: Date
}

/** The states from which each change is possible. */
const FROM: Record<MessageChange['to'], MessageState[]> = {
  hold: ['queued', 'sending'],
  release: ['held'],
  cancel: ['queued', 'sending', 'held', 'failed'],
  resend: ['failed', 'cancelled'],
  'retry-now': ['queued'],
}

/**
 * Changes messages and appends the audit entry in the same transaction. Messages that are queued again are attempted at once, even
 * if their mail server failed recently. A message that a worker has begun is not changed; one that is only claimed is, since its
 * fencing token moves on.
 *
 * @returns number of messages changed
 */
export const changeMessages = (
  { db, now }: StoreDeps,
  change: MessageChange,
  audit: (count: number) => AuditEntry,
): Promise<number> =>
  db.$transaction(async (tx) => {
    const count = await changeIn(tx, change, now())
    if (count > 0) await appendAudit(tx, audit(count), now())
    return count
  }, QUEUED)

async function changeIn(tx: Tx, change: MessageChange, at: Date): Promise<number> {
  const { to } = change
  const ids = await chosenIds(tx, change)
  const changed = to === 'retry-now' ? await putFirst(tx, ids, at) : await changeRows(tx, to, ids, { ...change, at })
  if (to !== 'hold' && to !== 'cancel')
    await retryDeliveriesNow(tx, [...new Set(changed.map(({ mailServerId }) => mailServerId))])
  if (to === 'cancel' || to === 'resend') {
    const changedIds = changed.map(({ id }) => id)
    await changeRecipients(tx, to, changedIds, at)
    const state = to === 'cancel' ? 'cancelled' : 'queued'
    await tx.reminder.updateMany({ where: { messageId: { in: changedIds } }, data: { state } })
  }
  return changed.length
}

async function chosenIds(tx: Tx, { to, which }: MessageChange): Promise<string[]> {
  const from = FROM[to]
  const select = { id: true }
  const rows =
    'ids' in which
      ? await tx.message.findMany({ where: { id: { in: [...which.ids] }, state: { in: from } }, select })
      : await tx.message.findMany({
          where: { state: from.includes(which.state) ? which.state : { in: [] } },
          orderBy: { id: 'asc' },
          take: which.rows,
          select,
        })
  return rows.map(({ id }) => id)
}

interface Changed {
  id: string
  mailServerId: string
}

async function changeRows(
  tx: Tx,
  to: Exclude<MessageChange['to'], 'retry-now'>,
  ids: string[],
  { at, expiresAt }: { at: Date; expiresAt: Date },
): Promise<Changed[]> {
  const state = to === 'hold' ? 'held' : to === 'cancel' ? 'cancelled' : 'queued'
  const reason = state === 'queued' ? null : 'by-person'
  return await tx.$queryRaw<Changed[]>`
    UPDATE "Message" m SET "state" = ${state}, "reason" = ${reason}, "fence" = m."fence" + 1,
      "leasedUntil" = NULL, "holder" = NULL, "begunAt" = NULL,
      "endedAt" = CASE WHEN ${state} = 'cancelled' THEN ${at}::timestamptz END,
      "dueAt" = CASE WHEN ${state} = 'queued' THEN ${at}::timestamptz ELSE m."dueAt" END,
      "expiresAt" = CASE WHEN ${state} = 'queued' THEN ${expiresAt}::timestamptz ELSE m."expiresAt" END,
      "interruptions" = CASE WHEN ${state} = 'queued' THEN 0 ELSE m."interruptions" END,
      "failoverRejected" = m."failoverRejected" AND ${to} <> 'resend'
    WHERE m."id" = ANY(${ids}::uuid[]) AND m."state" = ANY(${FROM[to]}::text[]) AND m."begunAt" IS NULL
      AND (${to} <> 'resend' OR EXISTS (SELECT 1 FROM "MessageBody" b WHERE b."messageId" = m."id"))
    RETURNING m."id", m."mailServerId"`
}

/** Makes messages due now, before everything else that waits in their delivery queues. */
const putFirst = (tx: Tx, ids: string[], at: Date): Promise<Changed[]> => tx.$queryRaw<Changed[]>`
  WITH queue AS MATERIALIZED (
    SELECT DISTINCT "mailServerId", "mailbox" FROM "Message" WHERE "id" = ANY(${ids}::uuid[]) AND "state" = 'queued'
  ), first AS MATERIALIZED (
    SELECT queue.*, (
      SELECT min(w."dueAt") FROM "Message" w
      WHERE w."state" = 'queued' AND w."mailServerId" = queue."mailServerId" AND w."mailbox" = queue."mailbox") AS "dueAt"
    FROM queue
  )
  UPDATE "Message" m SET "dueAt" = least(${at}::timestamptz, first."dueAt" - interval '1 millisecond')
  FROM first
  WHERE m."id" = ANY(${ids}::uuid[]) AND m."state" = 'queued'
    AND m."mailServerId" = first."mailServerId" AND m."mailbox" = first."mailbox"
  RETURNING m."id", m."mailServerId"`

async function changeRecipients(tx: Tx, to: 'cancel' | 'resend', ids: string[], at: Date): Promise<void> {
  const messageId = { in: ids }
  if (to === 'cancel') {
    await tx.recipient.updateMany({ where: { messageId, state: 'queued' }, data: { state: 'cancelled', at } })
    await tx.messageBody.deleteMany({ where: { messageId } })
    return
  }
  // A recipient that a policy rule declined stays declined.
  await tx.recipient.updateMany({
    where: { messageId, state: { in: ['failed', 'cancelled'] } },
    data: { state: 'queued' },
  })
}
