-- AlterTable
ALTER TABLE "MailServer" ADD COLUMN     "backupId" UUID,
ADD COLUMN     "pauseIsOwn" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "Message" ADD COLUMN     "backupRefused" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "movedFromId" UUID;

-- AddForeignKey
ALTER TABLE "MailServer" ADD CONSTRAINT "MailServer_backupId_fkey" FOREIGN KEY ("backupId") REFERENCES "MailServer"("id") ON DELETE SET NULL ON UPDATE CASCADE;

