-- What happens to messages of clients, for webhooks that want it.
ALTER TABLE "NotificationChannel" ADD COLUMN "messageEvents" TEXT[] DEFAULT ARRAY[]::TEXT[], ADD COLUMN "messageClientId" UUID,
    ADD COLUMN "eventsUntil" TIMESTAMPTZ(3);

CREATE TABLE "MessageEvent" (
    "id" BIGSERIAL NOT NULL,
    "channelId" UUID NOT NULL,
    "messageId" UUID NOT NULL,
    "event" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "nextTryAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "MessageEvent_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "MessageEvent_channelId_id_idx" ON "MessageEvent"("channelId", "id");
ALTER TABLE "MessageEvent" ADD CONSTRAINT "MessageEvent_channelId_fkey" FOREIGN KEY ("channelId")
    REFERENCES "NotificationChannel"("id") ON DELETE CASCADE ON UPDATE CASCADE;
-- The few webhooks that want events, for the statements that run for every message.
CREATE INDEX "NotificationChannel_events" ON "NotificationChannel"("enabled") WHERE cardinality("messageEvents") > 0;
