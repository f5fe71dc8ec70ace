-- Who looks after a credential, with a mail channel for each of them, and reminders that share a notice.
ALTER TABLE "Credential" ADD COLUMN     "owners" TEXT[] DEFAULT ARRAY[]::TEXT[];

ALTER TABLE "NotificationChannel" ADD COLUMN     "ownerOnly" BOOLEAN NOT NULL DEFAULT false;

DROP INDEX "Reminder_messageId_key";
CREATE INDEX "Reminder_messageId_idx" ON "Reminder"("messageId");
