-- AlterTable
ALTER TABLE "Permit" ADD COLUMN     "worker" INTEGER;
