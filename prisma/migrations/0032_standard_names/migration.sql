-- Names the columns and tables by the glossary. Only names and one stored value change.
ALTER TABLE "MailServer" RENAME COLUMN "backupId" TO "failoverId";
ALTER TABLE "MailServer" RENAME CONSTRAINT "MailServer_backupId_fkey" TO "MailServer_failoverId_fkey";
ALTER TABLE "MailServer" RENAME CONSTRAINT "MailServer_backup_is_another" TO "MailServer_failover_is_another";
ALTER TABLE "MailServer" RENAME COLUMN "hurry" TO "retryNowCount";

ALTER TABLE "MailServerRevision" RENAME COLUMN "provenLike" TO "verifiedLike";

ALTER TABLE "Credential" RENAME COLUMN "retiredAt" TO "replacedAt";
UPDATE "Credential" SET "slot" = 'previous' WHERE "slot" = 'retired';

ALTER TABLE "Rotation" RENAME COLUMN "formerId" TO "previousId";

ALTER TABLE "SettlingRetry" RENAME TO "PropagationRetry";
ALTER TABLE "PropagationRetry" RENAME CONSTRAINT "SettlingRetry_pkey" TO "PropagationRetry_pkey";
ALTER INDEX "SettlingRetry_nextAt_idx" RENAME TO "PropagationRetry_nextAt_idx";
ALTER INDEX "SettlingRetry_one_open" RENAME TO "PropagationRetry_one_open";

ALTER TABLE "Permit" RENAME TO "RateLimitToken";
ALTER TABLE "RateLimitToken" RENAME CONSTRAINT "Permit_pkey" TO "RateLimitToken_pkey";

ALTER TABLE "Message" RENAME COLUMN "backupRefused" TO "failoverRejected";
ALTER TABLE "Message" RENAME COLUMN "giveUpAt" TO "expiresAt";
ALTER TABLE "Message" RENAME COLUMN "tries" TO "attemptCount";
