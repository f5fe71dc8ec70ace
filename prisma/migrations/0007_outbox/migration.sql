-- AlterTable
ALTER TABLE "MailServer" ADD COLUMN     "nextProbeAt" TIMESTAMPTZ(3),
ADD COLUMN     "pauseCode" TEXT,
ADD COLUMN     "pauseEvidence" TEXT,
ADD COLUMN     "pauseVersion" INTEGER,
ADD COLUMN     "pausedAt" TIMESTAMPTZ(3),
ADD COLUMN     "pausedBy" TEXT;

-- AlterTable
ALTER TABLE "Reminder" ADD COLUMN     "messageId" UUID;

-- CreateTable
CREATE TABLE "Message" (
    "id" UUID NOT NULL,
    "mailServerId" UUID NOT NULL,
    "mailbox" TEXT NOT NULL DEFAULT '',
    "state" TEXT NOT NULL DEFAULT 'queued',
    "reason" TEXT,
    "source" TEXT NOT NULL,
    "cause" TEXT,
    "originator" TEXT,
    "subject" TEXT NOT NULL,
    "messageId" TEXT NOT NULL,
    "sizeBytes" INTEGER NOT NULL,
    "needsUtf8" BOOLEAN NOT NULL,
    "acceptedAt" TIMESTAMPTZ(3) NOT NULL,
    "dueAt" TIMESTAMPTZ(3) NOT NULL,
    "giveUpAt" TIMESTAMPTZ(3) NOT NULL,
    "endedAt" TIMESTAMPTZ(3),
    "leasedUntil" TIMESTAMPTZ(3),
    "holder" UUID,
    "begunAt" TIMESTAMPTZ(3),
    "fence" INTEGER NOT NULL DEFAULT 0,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "interruptions" INTEGER NOT NULL DEFAULT 0,
    "mayBeDuplicate" BOOLEAN NOT NULL DEFAULT false,
    "lastCode" TEXT,

    CONSTRAINT "Message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "MessageBody" (
    "messageId" UUID NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "MessageBody_pkey" PRIMARY KEY ("messageId")
);

-- CreateTable
CREATE TABLE "Recipient" (
    "messageId" UUID NOT NULL,
    "position" SMALLINT NOT NULL,
    "address" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "code" TEXT,
    "reply" TEXT,
    "at" TIMESTAMPTZ(3),

    CONSTRAINT "Recipient_pkey" PRIMARY KEY ("messageId","position")
);

-- CreateTable
CREATE TABLE "Attempt" (
    "messageId" UUID NOT NULL,
    "fence" INTEGER NOT NULL,
    "part" SMALLINT NOT NULL DEFAULT 0,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "durationMs" INTEGER NOT NULL,
    "mailServerId" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "decision" JSONB NOT NULL,
    "recipients" INTEGER NOT NULL,
    "outcome" TEXT NOT NULL,
    "stage" TEXT,
    "code" TEXT,
    "reply" TEXT,
    "serverMessageId" TEXT,

    CONSTRAINT "Attempt_pkey" PRIMARY KEY ("messageId","fence","part")
);

-- CreateTable
CREATE TABLE "MailboxHour" (
    "mailServerId" UUID NOT NULL,
    "mailbox" TEXT NOT NULL,
    "hour" TIMESTAMPTZ(3) NOT NULL,
    "recipients" INTEGER NOT NULL DEFAULT 0,
    "delivered" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "retried" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "MailboxHour_pkey" PRIMARY KEY ("mailServerId","mailbox","hour")
);

-- CreateTable
CREATE TABLE "Permit" (
    "mailServerId" UUID NOT NULL,
    "mailbox" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "slot" SMALLINT NOT NULL,
    "holder" UUID,
    "freeAt" TIMESTAMPTZ(3) NOT NULL,
    "closedUntil" TIMESTAMPTZ(3),

    CONSTRAINT "Permit_pkey" PRIMARY KEY ("mailServerId","mailbox","kind","slot")
);

-- CreateIndex
CREATE INDEX "Message_state_id_idx" ON "Message"("state", "id");

-- CreateIndex
CREATE INDEX "Recipient_address_messageId_idx" ON "Recipient"("address", "messageId");

-- CreateIndex
CREATE INDEX "MailboxHour_hour_idx" ON "MailboxHour"("hour");

-- CreateIndex
CREATE UNIQUE INDEX "Reminder_messageId_key" ON "Reminder"("messageId");

-- AddForeignKey
ALTER TABLE "MessageBody" ADD CONSTRAINT "MessageBody_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "Message"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Recipient" ADD CONSTRAINT "Recipient_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "Message"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Attempt" ADD CONSTRAINT "Attempt_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "Message"("id") ON DELETE CASCADE ON UPDATE CASCADE;

