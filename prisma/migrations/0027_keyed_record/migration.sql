-- AlterTable
ALTER TABLE "AuditEvent" ADD COLUMN     "keyId" TEXT;

-- CreateTable
CREATE TABLE "AuditKey" (
    "id" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "kid" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "AuditKey_pkey" PRIMARY KEY ("id")
);
