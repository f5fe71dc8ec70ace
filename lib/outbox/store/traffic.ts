import type { Db } from '../../db/client'
import type { MailboxUse, OutboxStore } from '../ports'
import type { TrafficSpan } from '../traffic'
import { ANY_SERVER, PACED_DAY_MS } from './rate-limits'

type Traffic = Pick<OutboxStore, 'traffic' | 'mailboxUse'>

/** The busiest; a page that lists hundreds of mailboxes shows nothing. */
const MAILBOXES_MAX = 20

/** What left, and how much of what a mailbox may do is used: read from the counters, never from the messages. */
export function outboxTraffic(db: Db, now: () => Date): Traffic {
  return {
    traffic: (since) => db.$queryRaw<TrafficSpan[]>`
      SELECT "hour" AS "from", sum("delivered")::int AS "delivered", sum("failed")::int AS "failed", sum("retried")::int AS "retried"
      FROM "MailboxHour" WHERE "hour" >= ${since} GROUP BY 1`,

    async mailboxUse() {
      const at = now()
      return await db.$queryRaw<MailboxUse[]>`
        WITH server AS (
          SELECT "id", lower("settings"->>'senderAddress') AS "own", "removedAt" FROM "MailServer"
          WHERE "settings"->>'type' = 'exchange-online-oauth2'
        )
        SELECT "mailbox", sum("messages")::int AS "messagesLastMinute", sum("recipients")::int AS "recipientsLastDay"
        FROM (
          SELECT coalesce(nullif(h."mailbox", ''), s."own") AS "mailbox", 0 AS "messages", h."recipients"
          FROM "MailboxHour" h JOIN server s ON s."id" = h."mailServerId"
          WHERE h."hour" > ${new Date(at.getTime() - PACED_DAY_MS)}
          UNION ALL SELECT "mailbox", 1, 0 FROM "RateLimitToken"
          WHERE "mailServerId" = ${ANY_SERVER}::uuid AND "kind" = 'message' AND "freeAt" > ${at}
          UNION ALL SELECT "own", 0, 0 FROM server WHERE "removedAt" IS NULL
        ) used
        GROUP BY 1 ORDER BY 3 DESC, 2 DESC, 1 LIMIT ${MAILBOXES_MAX}`
    },
  }
}
