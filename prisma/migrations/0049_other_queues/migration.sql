-- Recipients of a message may wait for several mail servers. Of messages that wait already, the next attempt writes the further queues.
CREATE TABLE "OtherQueue" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "messageId" UUID NOT NULL,
    "mailServerId" UUID NOT NULL,
    "mailbox" TEXT NOT NULL DEFAULT '',
    "movedFromId" UUID,
    "failoverRejected" BOOLEAN NOT NULL DEFAULT false,
    "dueAt" TIMESTAMPTZ(3) NOT NULL,
    "attemptCount" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "OtherQueue_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "OtherQueue_messageId_idx" ON "OtherQueue"("messageId");
CREATE INDEX "OtherQueue_mailServerId_mailbox_dueAt_idx" ON "OtherQueue"("mailServerId", "mailbox", "dueAt");
-- Whether a failover server has rows of another mail server is asked for each of its queues.
CREATE INDEX "OtherQueue_moved" ON "OtherQueue"("mailServerId") WHERE "movedFromId" IS NOT NULL;
ALTER TABLE "OtherQueue" ADD CONSTRAINT "OtherQueue_messageId_fkey" FOREIGN KEY ("messageId")
    REFERENCES "Message"("id") ON DELETE CASCADE ON UPDATE CASCADE;
-- Its rows come and go as those of Message do.
ALTER TABLE "OtherQueue" SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000);

ALTER TABLE "Message" ADD COLUMN "attemptsElsewhere" INTEGER NOT NULL DEFAULT 0;
