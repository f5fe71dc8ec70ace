import type { MailboxUse, OutboxStore } from '../outbox/ports'
import type { TrafficSpan } from '../outbox/traffic'
import type { Db } from './client'
import { PACED_DAY_MS } from './outbox-permits'

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
        SELECT coalesce(nullif(used."mailbox", ''), s."settings"->>'senderAddress') AS "mailbox",
          sum(used."messages")::int AS "messagesLastMinute", sum(used."recipients")::int AS "recipientsLastDay"
        FROM (
          SELECT "mailServerId", "mailbox", 0 AS "messages", "recipients" FROM "MailboxHour"
          WHERE "hour" > ${new Date(at.getTime() - PACED_DAY_MS)}
          UNION ALL SELECT "mailServerId", "mailbox", 1, 0 FROM "Permit" WHERE "kind" = 'message' AND "freeAt" > ${at}
          UNION ALL SELECT "id", '', 0, 0 FROM "MailServer"
        ) used JOIN "MailServer" s ON s."id" = used."mailServerId"
        WHERE s."settings"->>'type' = 'exchange-online-oauth2' AND s."removedAt" IS NULL
        GROUP BY 1 ORDER BY 3 DESC, 2 DESC, 1 LIMIT ${MAILBOXES_MAX}`
    },
  }
}
