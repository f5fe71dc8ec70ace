import type { Since, TrafficRow } from '../traffic'
import type { StoreDeps } from './deps'
import { RECIPIENT_DAY_MS } from './rate-limits'

/** Only the busiest ones: a list of hundreds of mailboxes would not be readable. */
const MAILBOXES_MAX = 20

/** How much a mailbox has used of what the service allows (delivery/limits.ts). */
export interface MailboxUse {
  /** The address that logs in. */
  mailbox: string
  /** In the last 24 whole hours and the current one, as delivery counts. */
  recipientsLastDay: number
}

/**
 * What was accepted in each hour, from the counters, and which of the messages that failed then are still failed, as the list of messages
 * counts them. An hour without either is missing. From the first hour of `day` on, each mail server has its own row.
 */
export const traffic = ({ db }: StoreDeps, { month, day }: { month: Since; day: Since }) =>
  db.$queryRaw<TrafficRow[]>`
  SELECT "from", CASE WHEN "from" >= ${day.firstHour} THEN "mailServerId" END AS "mailServerId", sum("delivered")::int AS "delivered",
    sum("failed")::int AS "failed"
  FROM (
    SELECT "hour" AS "from", "mailServerId", "delivered", 0 AS "failed" FROM "MailboxHour" WHERE "hour" >= ${month.firstHour}
    UNION ALL SELECT greatest(date_trunc('hour', "endedAt", 'UTC'),
      CASE WHEN "endedAt" >= ${day.at} THEN ${day.firstHour}::timestamptz ELSE ${month.firstHour}::timestamptz END), "mailServerId", 0, 1
    FROM "Message" WHERE "state" = 'failed' AND "endedAt" >= ${month.at}
  ) ended GROUP BY 1, 2`

/** The busiest mailboxes at services with limits, from the counters. A mail server's own mailbox is listed even if it sent nothing. */
export const mailboxUse = ({ db, now }: StoreDeps): Promise<MailboxUse[]> => db.$queryRaw<MailboxUse[]>`
  WITH server AS (
    SELECT "id", lower("settings"->>'senderAddress') AS "own", "removedAt" FROM "MailServer"
    WHERE "settings"->>'type' = 'exchange-online-oauth2'
  )
  SELECT "mailbox", sum("recipients")::int AS "recipientsLastDay"
  FROM (
    SELECT coalesce(nullif(h."mailbox", ''), s."own") AS "mailbox", h."recipients"
    FROM "MailboxHour" h JOIN server s ON s."id" = h."mailServerId"
    WHERE h."hour" > ${new Date(now().getTime() - RECIPIENT_DAY_MS)}
    UNION ALL SELECT "own", 0 FROM server WHERE "removedAt" IS NULL
  ) used
  GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${MAILBOXES_MAX}`
