-- AlterTable
ALTER TABLE "Attempt" ADD COLUMN     "positions" SMALLINT[] DEFAULT ARRAY[]::SMALLINT[];
