-- A webhook may be for messages alone.
ALTER TABLE "NotificationChannel" ADD COLUMN "reminders" BOOLEAN NOT NULL DEFAULT true;
-- Events are in order for each message.
CREATE INDEX "MessageEvent_channelId_messageId_id_idx" ON "MessageEvent"("channelId", "messageId", "id");
