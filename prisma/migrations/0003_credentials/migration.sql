-- AlterTable
ALTER TABLE "Credential" ADD COLUMN     "acceptedAt" TIMESTAMPTZ(3),
ADD COLUMN     "certificate" TEXT,
ADD COLUMN     "currentSince" TIMESTAMPTZ(3),
ADD COLUMN     "expiryVersion" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "fallbackUntil" TIMESTAMPTZ(3),
ADD COLUMN     "foundAt" TIMESTAMPTZ(3),
ADD COLUMN     "foundExpiresAt" TIMESTAMPTZ(3),
ADD COLUMN     "note" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "refusedAt" TIMESTAMPTZ(3),
ADD COLUMN     "refusedCode" TEXT,
ADD COLUMN     "removedAt" TIMESTAMPTZ(3),
ADD COLUMN     "retiredAt" TIMESTAMPTZ(3),
ADD COLUMN     "thumbprint" TEXT,
ALTER COLUMN "sealed" DROP NOT NULL,
ALTER COLUMN "kid" DROP NOT NULL;

-- AlterTable
ALTER TABLE "MailServerRevision" ADD COLUMN     "provenLike" TEXT;

-- CreateTable
CREATE TABLE "CredentialProbe" (
    "id" UUID NOT NULL,
    "credentialId" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "reason" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "diagnosisCode" TEXT,
    "evidence" TEXT,
    "durationMs" INTEGER NOT NULL,

    CONSTRAINT "CredentialProbe_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Rotation" (
    "id" UUID NOT NULL,
    "mailServerId" UUID NOT NULL,
    "way" TEXT NOT NULL,
    "step" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "nextId" UUID,
    "formerId" UUID,
    "automatic" BOOLEAN NOT NULL DEFAULT false,
    "startedBy" JSONB NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,
    "endedAt" TIMESTAMPTZ(3),
    "nextTryAt" TIMESTAMPTZ(3),
    "fault" JSONB,

    CONSTRAINT "Rotation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SettlingRetry" (
    "id" UUID NOT NULL,
    "mailServerId" UUID NOT NULL,
    "serverVersion" INTEGER NOT NULL,
    "recipient" TEXT NOT NULL,
    "startedBy" JSONB NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "nextAt" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,
    "endedAt" TIMESTAMPTZ(3),
    "outcome" TEXT,
    "lastTestId" UUID,

    CONSTRAINT "SettlingRetry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "CredentialWatch" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "thresholdsDays" INTEGER[] DEFAULT ARRAY[60, 30, 14, 7, 1, 0]::INTEGER[],
    "inventory" BOOLEAN NOT NULL DEFAULT false,
    "rotateDaysBefore" INTEGER,
    "version" INTEGER NOT NULL DEFAULT 0,
    "updatedBy" TEXT,
    "updatedAt" TIMESTAMPTZ(3),

    CONSTRAINT "CredentialWatch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "NotificationChannel" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "address" TEXT,
    "origin" TEXT,
    "sealed" TEXT,
    "kid" TEXT,
    "locale" TEXT NOT NULL DEFAULT 'en',
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "createdBy" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,
    "lastSentAt" TIMESTAMPTZ(3),
    "lastFault" JSONB,

    CONSTRAINT "NotificationChannel_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Reminder" (
    "id" UUID NOT NULL,
    "credentialId" UUID NOT NULL,
    "expiryVersion" INTEGER NOT NULL,
    "thresholdDays" INTEGER NOT NULL,
    "channelId" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "deliveryId" TEXT NOT NULL,
    "dueAt" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "nextTryAt" TIMESTAMPTZ(3),
    "leasedUntil" TIMESTAMPTZ(3),
    "sentAt" TIMESTAMPTZ(3),
    "fault" JSONB,

    CONSTRAINT "Reminder_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "CalendarFeed" (
    "id" UUID NOT NULL,
    "tokenHash" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "locale" TEXT NOT NULL DEFAULT 'en',
    "createdBy" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "lastReadAt" TIMESTAMPTZ(3),
    "revokedAt" TIMESTAMPTZ(3),

    CONSTRAINT "CalendarFeed_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AppRegistration" (
    "tenantId" UUID NOT NULL,
    "objectId" UUID NOT NULL,
    "appId" UUID NOT NULL,
    "displayName" TEXT NOT NULL,
    "owners" TEXT[],
    "runId" UUID NOT NULL,
    "seenAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "AppRegistration_pkey" PRIMARY KEY ("tenantId","objectId")
);

-- CreateTable
CREATE TABLE "AppCredential" (
    "tenantId" UUID NOT NULL,
    "objectId" UUID NOT NULL,
    "keyId" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "displayName" TEXT NOT NULL,
    "hint" TEXT,
    "thumbprint" TEXT,
    "startsAt" TIMESTAMPTZ(3),
    "endsAt" TIMESTAMPTZ(3),
    "mutedAt" TIMESTAMPTZ(3),
    "mutedBy" TEXT,
    "runId" UUID NOT NULL,

    CONSTRAINT "AppCredential_pkey" PRIMARY KEY ("tenantId","objectId","keyId")
);

-- CreateTable
CREATE TABLE "InventoryRun" (
    "id" UUID NOT NULL,
    "tenantId" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "startedBy" TEXT NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "endedAt" TIMESTAMPTZ(3),
    "nextLink" TEXT,
    "pages" INTEGER NOT NULL DEFAULT 0,
    "applications" INTEGER NOT NULL DEFAULT 0,
    "credentials" INTEGER NOT NULL DEFAULT 0,
    "waitsUntil" TIMESTAMPTZ(3),
    "leasedUntil" TIMESTAMPTZ(3),
    "fault" JSONB,

    CONSTRAINT "InventoryRun_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "CredentialProbe_credentialId_at_idx" ON "CredentialProbe"("credentialId", "at" DESC);

-- CreateIndex
CREATE INDEX "CredentialProbe_at_idx" ON "CredentialProbe"("at");

-- CreateIndex
CREATE INDEX "Rotation_mailServerId_startedAt_idx" ON "Rotation"("mailServerId", "startedAt" DESC);

-- CreateIndex
CREATE INDEX "Rotation_nextTryAt_idx" ON "Rotation"("nextTryAt");

-- CreateIndex
CREATE INDEX "SettlingRetry_nextAt_idx" ON "SettlingRetry"("nextAt");

-- CreateIndex
CREATE INDEX "Reminder_state_nextTryAt_idx" ON "Reminder"("state", "nextTryAt");

-- CreateIndex
CREATE UNIQUE INDEX "Reminder_credentialId_expiryVersion_thresholdDays_channelId_key" ON "Reminder"("credentialId", "expiryVersion", "thresholdDays", "channelId");

-- CreateIndex
CREATE UNIQUE INDEX "CalendarFeed_tokenHash_key" ON "CalendarFeed"("tokenHash");

-- CreateIndex
CREATE INDEX "AppCredential_tenantId_endsAt_objectId_keyId_idx" ON "AppCredential"("tenantId", "endsAt", "objectId", "keyId");

-- CreateIndex
CREATE INDEX "InventoryRun_tenantId_startedAt_idx" ON "InventoryRun"("tenantId", "startedAt" DESC);

-- AddForeignKey
ALTER TABLE "CredentialProbe" ADD CONSTRAINT "CredentialProbe_credentialId_fkey" FOREIGN KEY ("credentialId") REFERENCES "Credential"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Reminder" ADD CONSTRAINT "Reminder_credentialId_fkey" FOREIGN KEY ("credentialId") REFERENCES "Credential"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Reminder" ADD CONSTRAINT "Reminder_channelId_fkey" FOREIGN KEY ("channelId") REFERENCES "NotificationChannel"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AppCredential" ADD CONSTRAINT "AppCredential_tenantId_objectId_fkey" FOREIGN KEY ("tenantId", "objectId") REFERENCES "AppRegistration"("tenantId", "objectId") ON DELETE CASCADE ON UPDATE CASCADE;

