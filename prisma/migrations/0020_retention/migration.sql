-- CreateTable
CREATE TABLE "Retention" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "messageDays" INTEGER NOT NULL DEFAULT 90,
    "failedBodyDays" INTEGER NOT NULL DEFAULT 30,
    "version" INTEGER NOT NULL DEFAULT 0,
    "updatedBy" TEXT,
    "updatedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Retention_pkey" PRIMARY KEY ("id")
);
