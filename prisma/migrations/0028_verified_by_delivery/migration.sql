-- AlterTable
ALTER TABLE "MailServer" ADD COLUMN     "deliveredAt" TIMESTAMPTZ(3),
ADD COLUMN     "deliveredMessageId" UUID,
ADD COLUMN     "deliveredVersion" INTEGER;

-- Settings that delivered before this migration are verified as well. Attempts are read by the index of their mail server, from the save on.
UPDATE "MailServer" s SET "deliveredVersion" = s."version", "deliveredMessageId" = a."messageId", "deliveredAt" = a."at"
FROM "MailServerRevision" r CROSS JOIN LATERAL (
  SELECT "messageId", "at" FROM "Attempt"
  WHERE "mailServerId" = r."mailServerId" AND "outcome" <> 'refused' AND "at" >= r."savedAt"
    AND "outcome" = 'accepted' AND "version" = r."number" AND "decision"->>'login' IS NULL
    AND lower("decision"->>'from') = lower(r."settings"->>'senderAddress')
  ORDER BY "at" DESC LIMIT 1
) a
WHERE r."mailServerId" = s."id" AND r."number" = s."version";
