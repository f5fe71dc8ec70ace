-- Clients that submit mail, and what a submitted message carries.
ALTER TABLE "Message" ADD COLUMN "clientId" UUID, ADD COLUMN "returnPath" TEXT, ADD COLUMN "originalLines" TEXT;
-- The messages of one client, newest first. Ids are ordered by time.
CREATE INDEX "Message_client" ON "Message"("clientId", "id") WHERE "clientId" IS NOT NULL;

CREATE TABLE "Client" (
    "id" UUID NOT NULL,
    "way" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "owner" TEXT,
    "place" TEXT NOT NULL DEFAULT '',
    "senders" TEXT[],
    "networks" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "login" TEXT,
    "secretHash" TEXT,
    "secretAt" TIMESTAMPTZ(3),
    "hint" TEXT,
    "scopes" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "expiresAt" TIMESTAMPTZ(3),
    "maxPerMinute" INTEGER,
    "failureReport" TEXT NOT NULL DEFAULT 'originator',
    "version" INTEGER NOT NULL DEFAULT 1,
    "createdBy" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "disabledAt" TIMESTAMPTZ(3),
    "removedAt" TIMESTAMPTZ(3),
    "lastSeenAt" TIMESTAMPTZ(3),
    "lastAddress" TEXT,
    "lastErrorAt" TIMESTAMPTZ(3),
    "lastError" TEXT,

    CONSTRAINT "Client_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "Client_way" CHECK ("way" IN ('login', 'network', 'api-key')),
    CONSTRAINT "Client_senders" CHECK (cardinality("senders") > 0),
    CONSTRAINT "Client_proof" CHECK ("removedAt" IS NOT NULL OR CASE "way"
      WHEN 'login' THEN "login" IS NOT NULL AND "secretHash" IS NOT NULL
      WHEN 'network' THEN cardinality("networks") > 0
      ELSE "secretHash" IS NOT NULL END)
);
CREATE UNIQUE INDEX "Client_login_key" ON "Client"("login");
CREATE UNIQUE INDEX "Client_secretHash_key" ON "Client"("secretHash");
CREATE UNIQUE INDEX "Client_name" ON "Client"(lower("name")) WHERE "removedAt" IS NULL;

CREATE TABLE "SubmissionSession" (
    "id" UUID NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "durationMs" INTEGER NOT NULL,
    "entrance" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "helo" TEXT,
    "login" TEXT,
    "clientId" UUID,
    "tls" TEXT,
    "sender" TEXT,
    "accepted" INTEGER NOT NULL,
    "refusal" TEXT,
    "stages" JSONB NOT NULL,

    CONSTRAINT "SubmissionSession_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "SubmissionSession_startedAt_idx" ON "SubmissionSession"("startedAt");
CREATE INDEX "SubmissionSession_address_startedAt_idx" ON "SubmissionSession"("address", "startedAt");
CREATE INDEX "SubmissionSession_clientId_startedAt_idx" ON "SubmissionSession"("clientId", "startedAt");
