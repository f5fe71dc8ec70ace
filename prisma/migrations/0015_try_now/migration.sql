-- AlterTable
ALTER TABLE "MailServer" ADD COLUMN     "hurry" INTEGER NOT NULL DEFAULT 0;
