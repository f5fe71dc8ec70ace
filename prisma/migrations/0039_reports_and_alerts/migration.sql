-- Failures that are reported to whoever sent the message: a row for each result that made recipients fail.
CREATE TABLE "FailureReport" (
    "messageId" UUID NOT NULL,
    "fence" INTEGER NOT NULL,
    "positions" SMALLINT[],
    "clientId" UUID,
    "automatic" BOOLEAN NOT NULL,
    "header" BYTEA,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'due',
    "recipient" TEXT,
    "reportId" UUID,
    "decidedAt" TIMESTAMPTZ(3),

    CONSTRAINT "FailureReport_pkey" PRIMARY KEY ("messageId", "fence"),
    CONSTRAINT "FailureReport_state" CHECK ("state" IN ('due', 'single', 'summary', 'unwanted')),
    CONSTRAINT "FailureReport_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "Message"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "FailureReport_due" ON "FailureReport"("at") WHERE "state" = 'due';
CREATE INDEX "FailureReport_decidedAt_idx" ON "FailureReport"("decidedAt");

-- Conditions that people are told about.
CREATE TABLE "Alert" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "details" JSONB NOT NULL,
    "openedAt" TIMESTAMPTZ(3) NOT NULL,
    "heldAt" TIMESTAMPTZ(3) NOT NULL,
    "acknowledgedAt" TIMESTAMPTZ(3),
    "acknowledgedBy" TEXT,
    "closedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Alert_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "Alert_open" ON "Alert"("kind", "subject") WHERE "closedAt" IS NULL;
CREATE INDEX "Alert_openedAt_idx" ON "Alert"("openedAt" DESC);

CREATE TABLE "AlertSettings" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "kinds" TEXT[] NOT NULL DEFAULT ARRAY['queue-age', 'failures', 'server-paused', 'certificate', 'disk', 'client-silent']::TEXT[],
    "queueMinutes" INTEGER NOT NULL DEFAULT 30,
    "failuresPerMinute" INTEGER NOT NULL DEFAULT 5,
    "pausedMinutes" INTEGER NOT NULL DEFAULT 5,
    "certificateDays" INTEGER NOT NULL DEFAULT 14,
    "diskGib" INTEGER NOT NULL DEFAULT 1,
    "silentHours" INTEGER NOT NULL DEFAULT 24,
    "repeatHours" INTEGER NOT NULL DEFAULT 4,
    "reportLocale" TEXT NOT NULL DEFAULT 'en',
    "version" INTEGER NOT NULL DEFAULT 0,
    "updatedBy" TEXT,
    "updatedAt" TIMESTAMPTZ(3),

    CONSTRAINT "AlertSettings_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "AlertSettings_one_row" CHECK ("id" = 1)
);
INSERT INTO "AlertSettings" ("id") VALUES (1);

-- A channel of the reminders carries alerts too, and a row of its list is about a credential or an alert.
ALTER TABLE "NotificationChannel" ADD COLUMN "alerts" BOOLEAN NOT NULL DEFAULT true;
ALTER TABLE "Reminder" ALTER COLUMN "credentialId" DROP NOT NULL, ADD COLUMN "alertId" UUID,
  ADD CONSTRAINT "Reminder_is_about_one" CHECK (num_nonnulls("credentialId", "alertId") = 1),
  ADD CONSTRAINT "Reminder_alertId_fkey" FOREIGN KEY ("alertId") REFERENCES "Alert"("id") ON DELETE CASCADE ON UPDATE CASCADE;
CREATE UNIQUE INDEX "Reminder_alertId_thresholdDays_channelId_key" ON "Reminder"("alertId", "thresholdDays", "channelId");
