import { type Db, named, type Prisma } from '../../db'
import { fail, ok, pick, type Result } from '../../kernel'
import {
  type AttemptOutcome,
  type Idempotency,
  type MessageState,
  nextQueueOf,
  type RecipientState,
} from '../../outbox/message'
import type { ApiMessage, ApiStatus, ListedMessage } from '../api/schemas'
import { type Refusal, refusal } from '../refusal'

const ATTEMPTS_MAX = 50

/**
 * A message; null if there is none with this id, or if it is not this client's.
 *
 * @param clientId null for a message of any client
 */
export async function readMessage(db: Db, clientId: string | null, id: string): Promise<ApiMessage | null> {
  const row = await db.message.findFirst({
    where: { id: named(id), ...(clientId !== null && { clientId: named(clientId) }) },
    include: {
      otherQueues: true,
      recipients: { orderBy: { position: 'asc' } },
      attempts: { orderBy: [{ fence: 'desc' }, { part: 'desc' }], take: ATTEMPTS_MAX },
    },
  })
  if (!row) return null
  const paused = row.otherQueues.length === 0 ? [] : await pausedServers(db)
  return {
    ...listedOf(row),
    nextAttemptAt: row.state === 'queued' ? nextQueueOf(row, paused).dueAt.toISOString() : null,
    outcomeUnknown: row.mayBeDuplicate,
    recipients: row.recipients.map((recipient) => ({
      ...pick(recipient, 'address', 'code', 'reply'),
      status: recipient.state as RecipientState,
    })),
    attempts: row.attempts.map((attempt) => ({
      ...pick(attempt, 'stage', 'code', 'reply'),
      at: attempt.at.toISOString(),
      outcome: attempt.outcome as AttemptOutcome,
    })),
  }
}

async function pausedServers(db: Db): Promise<string[]> {
  const rows = await db.mailServer.findMany({ where: { pausedAt: { not: null } }, select: { id: true } })
  return rows.map(({ id }) => id)
}

/** Messages of this client, newest first. */
export async function listMessages(
  db: Db,
  clientId: string,
  { limit, before, status }: { limit: number; before: string | null; status: ApiStatus | null },
): Promise<ListedMessage[]> {
  const rows = await db.message.findMany({
    where: {
      clientId: named(clientId),
      ...(before !== null && { id: { lt: before } }),
      ...(status !== null && { state: { in: STATES[status] ?? [status] } }),
    },
    orderBy: { id: 'desc' },
    take: limit,
  })
  return rows.map(listedOf)
}

/** That a person has dealt with a failure changes nothing for the client. */
const STATES: Partial<Record<ApiStatus, MessageState[]>> = { failed: ['failed', 'dismissed'] }

const listedOf = (row: Prisma.MessageGetPayload<object>): ListedMessage => ({
  id: row.id,
  status: row.state === 'dismissed' ? 'failed' : (row.state as ApiStatus),
  subject: row.subject,
  sender: row.originator,
  acceptedAt: row.acceptedAt.toISOString(),
  endedAt: row.endedAt?.toISOString() ?? null,
})

/** The message that a client sent with this key, or the refusal if that was another one; null if the key is new. */
export async function earlierAnswer(
  db: Db,
  clientId: string,
  { key, bodyHash }: Idempotency,
): Promise<Result<{ id: string }, Refusal> | null> {
  const use = await db.idempotencyKey.findUnique({
    where: { clientId_key: { clientId: named(clientId), key: named(key) } },
    select: { bodyHash: true, messageId: true },
  })
  if (!use) return null
  return use.bodyHash === bodyHash ? ok({ id: use.messageId }) : fail(refusal('idempotency-key-reused'))
}
