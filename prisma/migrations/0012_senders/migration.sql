-- AlterTable
ALTER TABLE "MailServer" ADD COLUMN     "sendersVersion" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "TestRun" ADD COLUMN     "asSender" TEXT;

-- CreateTable
CREATE TABLE "Sender" (
    "mailServerId" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "way" TEXT NOT NULL,
    "addedBy" TEXT NOT NULL,
    "addedAt" TIMESTAMPTZ(3) NOT NULL,
    "digest" TEXT,
    "outcome" TEXT,
    "at" TIMESTAMPTZ(3),
    "how" TEXT,
    "revision" INTEGER,
    "evidenceId" UUID,
    "code" TEXT,
    "evidence" TEXT,

    CONSTRAINT "Sender_pkey" PRIMARY KEY ("mailServerId","address")
);

-- AddForeignKey
ALTER TABLE "Sender" ADD CONSTRAINT "Sender_mailServerId_fkey" FOREIGN KEY ("mailServerId") REFERENCES "MailServer"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

