-- What the schema language cannot say: there is one row, and no text outlives its message.
ALTER TABLE "Retention" ADD CONSTRAINT "Retention_is_one_row" CHECK ("id" = 1);
ALTER TABLE "Retention" ADD CONSTRAINT "Retention_days" CHECK ("messageDays" >= 1 AND "failedBodyDays" BETWEEN 0 AND "messageDays");
INSERT INTO "Retention" ("id") VALUES (1);
