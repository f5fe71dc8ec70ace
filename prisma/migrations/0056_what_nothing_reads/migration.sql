-- Nothing reads these. Who linked a sender to a client, and when, is in the audit log.
ALTER TABLE "MailServer" DROP COLUMN "pauseEvidence";
ALTER TABLE "AppRegistration" DROP COLUMN "seenAt";
ALTER TABLE "BasicAuthEntry" DROP COLUMN "firstUseDay";
ALTER TABLE "BasicAuthSender" DROP COLUMN "firstSeenDay", DROP COLUMN "linkedBy", DROP COLUMN "linkedAt";
ALTER TABLE "CredentialProbe" DROP COLUMN "durationMs";
