-- Messages are listed by the sender and by the rule of their attempts, which an index on the attempts cannot do for one state.
ALTER TABLE "Message" ADD COLUMN "sender" TEXT, ADD COLUMN "rule" TEXT;
UPDATE "Message" m SET "sender" = a."sender", "rule" = a."rule"
FROM (
  SELECT "messageId", CASE WHEN min("sender") <> max("sender") THEN '' ELSE min("sender") END AS "sender",
    CASE WHEN min("rule") <> max("rule") THEN '' ELSE min("rule") END AS "rule"
  FROM (
    SELECT "messageId", lower("decision"->>'from') AS "sender",
      CASE "decision"->>'by' WHEN 'rule' THEN "decision"->>'name' WHEN 'last-line' THEN '-' END AS "rule"
    FROM "Attempt") decided
  GROUP BY 1) a
WHERE a."messageId" = m."id";
CREATE INDEX "Message_sender" ON "Message" ("sender", "state", "id") INCLUDE ("endedAt") WHERE "sender" IS NOT NULL;
CREATE INDEX "Message_rule" ON "Message" ("rule", "state", "id") INCLUDE ("endedAt", "sender") WHERE "rule" IS NOT NULL;

-- What failed in a period, for the list and the bars of the Overview page.
CREATE INDEX "Message_failed" ON "Message" ("state", "endedAt") INCLUDE ("mailServerId") WHERE "state" IN ('failed', 'dismissed');

-- Whose console it is: one row.
CREATE TABLE "Organisation" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "name" TEXT NOT NULL DEFAULT '',
    "version" INTEGER NOT NULL DEFAULT 0,
    "updatedBy" TEXT,
    "updatedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Organisation_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "Organisation" ADD CONSTRAINT "Organisation_is_one_row" CHECK ("id" = 1);
INSERT INTO "Organisation" ("id") VALUES (1);
