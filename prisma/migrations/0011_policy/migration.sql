-- CreateTable
CREATE TABLE "PolicyRevision" (
    "number" INTEGER NOT NULL,
    "rules" JSONB NOT NULL,
    "savedBy" TEXT NOT NULL,
    "savedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "PolicyRevision_pkey" PRIMARY KEY ("number")
);
