import type { MessageState } from '../outbox/message'
import type { MessageChange } from '../outbox/ports'
import type { Tx } from './client'

/** A message that a worker has begun is on the wire: nothing takes it back. One that is claimed only is, by its fence. */
export async function changeMessages(tx: Tx, { to, which, giveUpAt }: MessageChange, at: Date): Promise<string[]> {
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
  const rows = await changeRows(tx, to, { ids, from, at, giveUpAt })
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
}

async function changeRows(
  tx: Tx,
  to: MessageChange['to'],
  { ids, from, at, giveUpAt }: { ids: string[]; from: MessageState[]; at: Date; giveUpAt: Date },
): Promise<string[]> {
  const state = to === 'held' || to === 'cancelled' ? to : 'queued'
  const reason = to === 'held' || to === 'cancelled' ? 'by-person' : null
  const rows = await tx.$queryRaw<{ id: string }[]>`
    UPDATE "Message" m SET "state" = ${state}, "reason" = ${reason}, "fence" = m."fence" + 1,
      "leasedUntil" = NULL, "holder" = NULL, "begunAt" = NULL,
      "endedAt" = CASE WHEN ${state} = 'cancelled' THEN ${at}::timestamptz END,
      "dueAt" = CASE WHEN ${state} = 'queued' THEN ${at}::timestamptz ELSE m."dueAt" END,
      "giveUpAt" = CASE WHEN ${state} = 'queued' THEN ${giveUpAt}::timestamptz ELSE m."giveUpAt" END,
      "interruptions" = CASE WHEN ${state} = 'queued' THEN 0 ELSE m."interruptions" END
    WHERE m."id" = ANY(${ids}::uuid[]) AND m."state" = ANY(${from}::text[]) AND m."begunAt" IS NULL
      AND (${to} <> 'resent' OR EXISTS (SELECT 1 FROM "MessageBody" b WHERE b."messageId" = m."id"))
    RETURNING m."id"`
  return rows.map(({ id }) => id)
}

async function changeRecipients(tx: Tx, to: 'cancelled' | 'resent', ids: string[], at: Date): Promise<void> {
  const messageId = { in: ids }
  if (to === 'cancelled') {
    await tx.recipient.updateMany({ where: { messageId, state: 'queued' }, data: { state: 'cancelled', at } })
    await tx.messageBody.deleteMany({ where: { messageId } })
    return
  }
  await tx.recipient.updateMany({
    where: { messageId, state: { in: ['failed', 'declined', 'cancelled'] } },
    data: { state: 'queued' },
  })
}
