-- What policy rules decline is a state of its own, not a failure.
ALTER TABLE "Message" DROP CONSTRAINT "Message_state";
ALTER TABLE "Message" ADD CONSTRAINT "Message_state"
  CHECK ("state" IN ('queued', 'sending', 'held', 'delivered', 'declined', 'failed', 'cancelled'));

-- Messages that ended as failed although no recipient failed: the rules declined some of their recipients, or all of them. Their
-- counters follow, under the hour and the mailbox at which they ended. A message that is not sent again needs no text.
WITH ended AS MATERIALIZED (
  SELECT m."id", m."mailServerId", m."mailbox", m."endedAt", bool_or(r."state" = 'delivered') AS "isDelivered"
  FROM "Message" m JOIN "Recipient" r ON r."messageId" = m."id"
  WHERE m."state" = 'failed' GROUP BY m."id"
  HAVING bool_or(r."state" = 'declined') AND bool_and(r."state" IN ('declined', 'delivered'))
), changed AS (
  UPDATE "Message" m SET "state" = CASE WHEN e."isDelivered" THEN 'delivered' ELSE 'declined' END,
    "reason" = CASE WHEN e."isDelivered" THEN 'declined-in-part' ELSE 'declined-by-rule' END
  FROM ended e WHERE m."id" = e."id"
), emptied AS (
  DELETE FROM "MessageBody" b USING ended e WHERE b."messageId" = e."id"
)
UPDATE "MailboxHour" h SET "failed" = greatest(h."failed" - c."messages", 0), "delivered" = h."delivered" + c."delivered"
FROM (
  SELECT "mailServerId", "mailbox", date_trunc('hour', "endedAt", 'UTC') AS "hour", count(*) AS "messages",
    count(*) FILTER (WHERE "isDelivered") AS "delivered"
  FROM ended GROUP BY 1, 2, 3
) c
WHERE h."mailServerId" = c."mailServerId" AND h."mailbox" = c."mailbox" AND h."hour" = c."hour";
