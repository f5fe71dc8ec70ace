import { Prisma, type Tx } from '../../db'
import { NEVER } from '../../kernel'
import { retryDeliveriesNow } from '../../mail-server/store/pauses'
import { MESSAGE_STATES, type MessageState } from '../message'
import type { MessageFilter } from './list'
import { matchingIds } from './search'

export interface MessageChange {
  to: 'hold' | 'release' | 'cancel' | 'resend' | 'retry-now' | 'dismiss'
  /** Messages by their ids, or the newest that a filter selects. */
  which: { ids: readonly string[] } | { filter: MessageFilter; rows: number }
  /** Who holds or cancels them. */
  by: 'by-person' | 'by-client'
  /** Until when a released or resent message is attempted. */
  expiresAt: Date
}

/** The states of the messages that each change is for, and the state that they have after it. */
const CHANGES: Record<MessageChange['to'], { from: readonly MessageState[]; to: MessageState }> = {
  hold: { from: ['queued', 'sending'], to: 'held' },
  release: { from: ['held'], to: 'queued' },
  cancel: { from: ['queued', 'sending', 'held'], to: 'cancelled' },
  resend: { from: ['failed', 'dismissed'], to: 'queued' },
  dismiss: { from: ['failed'], to: 'dismissed' },
  'retry-now': { from: ['queued'], to: 'queued' },
}

export const isForDelivery = (to: MessageChange['to']): boolean => CHANGES[to].to === 'queued'

/**
 * Changes messages. Those that are queued again are attempted at once, even if their mail server failed recently. A message that a
 * worker has begun is not changed; one that is only claimed is, since its fencing token moves on.
 */
export async function changeMessages(tx: Tx, change: MessageChange, at: Date): Promise<number> {
  const { to } = change
  const chosen = await chosenIds(tx, change)
  // In one order, in which a worker locks what it begins too, so that of two who change the same messages neither fails by a deadlock.
  const locked = await tx.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "Message" WHERE "id" = ANY(${chosen}::uuid[]) AND "state" = ANY(${CHANGES[to].from}::text[]) AND "begunAt" IS NULL
    ORDER BY "id" FOR NO KEY UPDATE`
  const ids = locked.map(({ id }) => id)
  const changed = to === 'retry-now' ? await putFirst(tx, ids, at) : await changeRows(tx, to, ids, { ...change, at })
  const further = to === 'cancel' || to === 'dismiss' ? [] : await changeOtherQueues(tx, to, changed, at)
  if (isForDelivery(to))
    await retryDeliveriesNow(tx, [...new Set([...changed, ...further].map(({ mailServerId }) => mailServerId))])
  if (to === 'cancel' || to === 'resend' || to === 'dismiss') {
    const changedIds = changed.map(({ id }) => id)
    if (to !== 'dismiss') await changeRecipients(tx, to, changedIds, at)
    const state = to === 'resend' ? 'queued' : 'cancelled'
    await tx.reminder.updateMany({ where: { messageId: { in: changedIds } }, data: { state } })
  }
  return changed.length
}

async function chosenIds(tx: Tx, { to, which }: MessageChange): Promise<string[]> {
  if ('ids' in which) return [...which.ids]
  const states = (which.filter.states ?? MESSAGE_STATES).filter((state) => CHANGES[to].from.includes(state))
  return matchingIds(tx, { ...which.filter, states }, which.rows)
}

type Changed = { id: string; mailServerId: string }

async function changeRows(
  tx: Tx,
  to: MessageChange['to'],
  ids: string[],
  { by, at, expiresAt }: { by: MessageChange['by']; at: Date; expiresAt: Date },
): Promise<Changed[]> {
  const state = CHANGES[to].to
  const reason = state === 'queued' ? null : by
  return await tx.$queryRaw<Changed[]>`
    UPDATE "Message" m SET "state" = ${state}, "reason" = CASE WHEN ${state} = 'dismissed' THEN m."reason" ELSE ${reason} END,
      "fence" = m."fence" + 1, "leasedUntil" = NULL, "holder" = NULL, "begunAt" = NULL,
      "endedAt" = CASE ${state} WHEN 'cancelled' THEN ${at}::timestamptz WHEN 'dismissed' THEN m."endedAt" END,
      "dueAt" = CASE WHEN ${state} = 'queued' THEN ${at}::timestamptz ELSE m."dueAt" END,
      "expiresAt" = CASE WHEN ${state} = 'queued' THEN ${expiresAt}::timestamptz ELSE m."expiresAt" END,
      "interruptions" = CASE WHEN ${state} = 'queued' THEN 0 ELSE m."interruptions" END,
      "failoverRejected" = m."failoverRejected" AND ${to} <> 'resend'
    WHERE m."id" = ANY(${ids}::uuid[]) AND m."state" = ANY(${CHANGES[to].from}::text[]) AND m."begunAt" IS NULL
      AND (${to} <> 'resend' OR EXISTS (SELECT 1 FROM "MessageBody" b WHERE b."messageId" = m."id"))
    RETURNING m."id", m."mailServerId"`
}

/** Before everything that waits in a delivery queue, given as the alias of a row. */
const firstIn = (queue: Prisma.Sql) => Prisma.sql`least(
    (SELECT min(w."dueAt") FROM "Message" w WHERE w."state" = 'queued'
      AND w."mailServerId" = ${queue}."mailServerId" AND w."mailbox" = ${queue}."mailbox"),
    (SELECT min(w."dueAt") FROM "OtherQueue" w
      WHERE w."mailServerId" = ${queue}."mailServerId" AND w."mailbox" = ${queue}."mailbox")
  ) - interval '1 millisecond'`

/** Makes messages due now, before everything else that waits in their delivery queues. */
const putFirst = (tx: Tx, ids: string[], at: Date): Promise<Changed[]> => tx.$queryRaw<Changed[]>`
  WITH queue AS MATERIALIZED (
    SELECT DISTINCT "mailServerId", "mailbox" FROM "Message" WHERE "id" = ANY(${ids}::uuid[]) AND "state" = 'queued'
  ), first AS MATERIALIZED (
    SELECT queue.*, ${firstIn(Prisma.sql`queue`)} AS "dueAt" FROM queue
  )
  UPDATE "Message" m SET "dueAt" = least(${at}::timestamptz, first."dueAt")
  FROM first
  WHERE m."id" = ANY(${ids}::uuid[]) AND m."state" = 'queued'
    AND m."mailServerId" = first."mailServerId" AND m."mailbox" = first."mailbox"
  RETURNING m."id", m."mailServerId"`

/**
 * Makes the further queues of messages due now, or never while a message is held, so that no claim reads them. One that is sent again has
 * none: recipients may wait for each mail server that it was sent through, which an attempt there decides.
 */
async function changeOtherQueues(tx: Tx, to: MessageChange['to'], changed: Changed[], at: Date): Promise<Changed[]> {
  const ids = changed.map(({ id }) => id)
  if (to === 'resend')
    return tx.$queryRaw<Changed[]>`
      INSERT INTO "OtherQueue" ("messageId", "mailServerId", "dueAt")
      SELECT DISTINCT m."id", s."id", ${at}::timestamptz FROM "Message" m JOIN "Attempt" a ON a."messageId" = m."id"
        JOIN "MailServer" s ON s."id" = a."mailServerId"
      WHERE m."id" = ANY(${ids}::uuid[]) AND s."id" <> m."mailServerId" AND s."removedAt" IS NULL
      RETURNING "messageId" AS "id", "mailServerId"`
  return tx.$queryRaw<Changed[]>`
    UPDATE "OtherQueue" o SET "dueAt" = CASE ${to} WHEN 'hold' THEN ${NEVER}::timestamptz
      WHEN 'retry-now' THEN least(${at}::timestamptz, ${firstIn(Prisma.sql`o`)}) ELSE ${at}::timestamptz END
    WHERE o."messageId" = ANY(${ids}::uuid[]) RETURNING o."messageId" AS "id", o."mailServerId"`
}

async function changeRecipients(tx: Tx, to: 'cancel' | 'resend', ids: string[], at: Date): Promise<void> {
  const messageId = { in: ids }
  if (to === 'cancel') {
    await tx.recipient.updateMany({ where: { messageId, state: 'queued' }, data: { state: 'cancelled', at } })
    await tx.messageBody.deleteMany({ where: { messageId } })
    await tx.otherQueue.deleteMany({ where: { messageId } })
    return
  }
  // A recipient that a policy rule declined stays declined.
  await tx.recipient.updateMany({ where: { messageId, state: 'failed' }, data: { state: 'queued' } })
}
