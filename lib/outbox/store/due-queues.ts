import { direct } from '../../db'
import type { MailServerModel } from '../../db/generated/models'
import type { DeliveryQueue } from '../message'
import type { StoreDeps } from './deps'
import { ANY_SERVER } from './rate-limits'

export interface DueQueue extends DeliveryQueue {
  dueAt: Date
  version: number
  /** How often an immediate retry of this mail server's messages has been requested. */
  retryNowCount: number
  /** The service limits messages and recipients of a mailbox (Exchange Online). */
  isRateLimited: boolean
  /** Whose rate limits apply: the mailbox that logs in, through whichever mail server; at a service without limits, the queue itself. */
  rateLimitKey: DeliveryQueue
  paused: { at: Date; by: string; code: string | null; nextProbeAt: Date | null; version: number | null } | null
  hasFailover: boolean
  /** Messages of another mail server wait here, because this one is its failover server. */
  hasMoved: boolean
  /** Some process has a connection for it. Not known of a queue with a rate limit. */
  isServed: boolean
}

interface QueueRow
  extends Omit<DueQueue, 'isRateLimited' | 'rateLimitKey' | 'paused'>,
    Pick<MailServerModel, 'pausedAt' | 'pausedBy' | 'pauseCode' | 'pauseVersion' | 'nextProbeAt'> {
  type: string | null
  senderAddress: string | null
}

/** The delivery queues that have messages waiting, found one after another through the index rather than by reading all messages. */
export async function dueQueues({ db, now }: StoreDeps): Promise<DueQueue[]> {
  const rows = await direct(db)<QueueRow>`/* prepared: outbox-queues */
    WITH RECURSIVE queue AS (
      (SELECT "mailServerId", "mailbox" FROM "Message" WHERE "state" = 'queued' ORDER BY 1, 2 LIMIT 1)
      UNION ALL
      SELECT next.* FROM queue CROSS JOIN LATERAL (
        SELECT m."mailServerId", m."mailbox" FROM "Message" m
        WHERE m."state" = 'queued' AND (m."mailServerId", m."mailbox") > (queue."mailServerId", queue."mailbox")
        ORDER BY 1, 2 LIMIT 1) next
    ), other AS (
      (SELECT "mailServerId", "mailbox" FROM "OtherQueue" ORDER BY 1, 2 LIMIT 1)
      UNION ALL
      SELECT next.* FROM other CROSS JOIN LATERAL (
        SELECT o."mailServerId", o."mailbox" FROM "OtherQueue" o
        WHERE (o."mailServerId", o."mailbox") > (other."mailServerId", other."mailbox") ORDER BY 1, 2 LIMIT 1) next
    )
    SELECT queue.*, due."dueAt", s."version", s."retryNowCount", s."settings"->>'type' AS "type",
      s."settings"->>'senderAddress' AS "senderAddress", s."pausedAt", s."pausedBy", s."pauseCode", s."pauseVersion",
      s."nextProbeAt", s."failoverId" IS NOT NULL AS "hasFailover", EXISTS (
        SELECT FROM "Message" m WHERE m."state" = 'queued' AND m."mailServerId" = queue."mailServerId" AND m."movedFromId" IS NOT NULL
      ) OR EXISTS (
        SELECT FROM "OtherQueue" o WHERE o."mailServerId" = queue."mailServerId" AND o."movedFromId" IS NOT NULL
      ) AS "hasMoved", EXISTS (
        SELECT FROM "RateLimitToken" t WHERE t."mailServerId" = queue."mailServerId" AND t."mailbox" = queue."mailbox"
        AND t."kind" = 'connection' AND t."slot" = 0 AND t."freeAt" > ${now()}
      ) AS "isServed"
    FROM (SELECT * FROM queue UNION SELECT * FROM other) queue JOIN "MailServer" s ON s."id" = queue."mailServerId"
    CROSS JOIN LATERAL (
      SELECT least((
        SELECT m."dueAt" FROM "Message" m WHERE m."state" = 'queued' AND m."mailServerId" = queue."mailServerId"
        AND m."mailbox" = queue."mailbox" ORDER BY m."dueAt", m."id" LIMIT 1
      ), (
        SELECT o."dueAt" FROM "OtherQueue" o WHERE o."mailServerId" = queue."mailServerId" AND o."mailbox" = queue."mailbox"
        AND (SELECT m."state" FROM "Message" m WHERE m."id" = o."messageId") = 'queued' ORDER BY o."dueAt" LIMIT 1
      )) AS "dueAt") due
    WHERE due."dueAt" IS NOT NULL`
  return rows.map(dueQueueOf)
}

function dueQueueOf(row: QueueRow): DueQueue {
  const { type, senderAddress, pausedAt, pausedBy, pauseCode, pauseVersion, nextProbeAt, ...queue } = row
  return {
    ...queue,
    ...rateLimitOf(queue, type, senderAddress),
    paused: pausedAt && { at: pausedAt, by: pausedBy ?? '', code: pauseCode, version: pauseVersion, nextProbeAt },
  }
}

function rateLimitOf({ mailServerId, mailbox }: DeliveryQueue, type: string | null, senderAddress: string | null) {
  if (type !== 'exchange-online-oauth2') return { isRateLimited: false, rateLimitKey: { mailServerId, mailbox } }
  const address = mailbox === '' ? (senderAddress ?? '') : mailbox
  return { isRateLimited: true, rateLimitKey: { mailServerId: ANY_SERVER, mailbox: address.toLowerCase() } }
}

export const isBeingSent = async ({ db }: StoreDeps, { mailServerId, mailbox }: DeliveryQueue): Promise<boolean> =>
  (await db.message.count({ where: { state: 'sending', mailServerId, mailbox }, take: 1 })) > 0
