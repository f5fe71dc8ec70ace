-- When the weekly report is due; one row.
CREATE TABLE "WeeklyReport" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "weekday" INTEGER NOT NULL DEFAULT 1,
    "hour" INTEGER NOT NULL DEFAULT 7,
    "version" INTEGER NOT NULL DEFAULT 0,
    "updatedBy" TEXT,
    "updatedAt" TIMESTAMPTZ(3),

    CONSTRAINT "WeeklyReport_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "WeeklyReport_one_row" CHECK ("id" = 1),
    CONSTRAINT "WeeklyReport_time" CHECK ("weekday" BETWEEN 1 AND 7 AND "hour" BETWEEN 0 AND 23)
);
INSERT INTO "WeeklyReport" ("id") VALUES (1);

-- A channel gets the report only if a person chose it, and each report once.
ALTER TABLE "NotificationChannel" ADD COLUMN "weekly" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "Reminder" ADD COLUMN "week" DATE, DROP CONSTRAINT "Reminder_is_about_one",
  ADD CONSTRAINT "Reminder_is_about_one" CHECK (num_nonnulls("credentialId", "alertId", "week") = 1);
CREATE UNIQUE INDEX "Reminder_week_channelId_key" ON "Reminder"("week", "channelId");
