-- CreateTable
CREATE TABLE "CalendarNamespace" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "name" TEXT NOT NULL,

    CONSTRAINT "CalendarNamespace_pkey" PRIMARY KEY ("id")
);

-- A console that has had credentials may have given out events whose ids end in the host of its address. Its first reader
-- stores that host, so that they stay the same events. Every other console gets a random name.
INSERT INTO "CalendarNamespace" ("name") SELECT gen_random_uuid()::text WHERE NOT EXISTS (SELECT FROM "Credential");
