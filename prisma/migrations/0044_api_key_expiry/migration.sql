-- API keys are reminded of as credentials are. A changed date, and a new key, count up, so that their reminders start again.
ALTER TABLE "Client" ADD COLUMN "expiryVersion" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE "Reminder" ADD COLUMN "clientId" UUID,
  ADD CONSTRAINT "Reminder_clientId_fkey" FOREIGN KEY ("clientId") REFERENCES "Client"("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  DROP CONSTRAINT "Reminder_is_about_one",
  ADD CONSTRAINT "Reminder_is_about_one" CHECK (num_nonnulls("credentialId", "clientId", "alertId", "week") = 1);
CREATE UNIQUE INDEX "Reminder_clientId_expiryVersion_thresholdDays_channelId_key"
  ON "Reminder"("clientId", "expiryVersion", "thresholdDays", "channelId");

-- The owner of a key that expires has a channel, as owners of credentials have.
INSERT INTO "NotificationChannel" ("id", "kind", "name", "address", "ownerOnly", "createdBy", "createdAt", "updatedAt")
SELECT gen_random_uuid(), 'mail', k."owner", k."owner", true, 'migration', now(), now()
FROM (SELECT DISTINCT lower("owner") AS "owner" FROM "Client" WHERE "owner" IS NOT NULL AND "expiresAt" IS NOT NULL AND "removedAt" IS NULL) k
WHERE NOT EXISTS (SELECT 1 FROM "NotificationChannel" c WHERE c."ownerOnly" AND c."address" = k."owner");
