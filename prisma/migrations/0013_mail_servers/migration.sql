-- AlterTable
ALTER TABLE "MailServer" ADD COLUMN     "removedAt" TIMESTAMPTZ(3);

