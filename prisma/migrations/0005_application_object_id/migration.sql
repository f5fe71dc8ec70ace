-- AlterTable
ALTER TABLE "Credential" ADD COLUMN     "applicationObjectId" TEXT;
