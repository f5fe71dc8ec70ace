ALTER TABLE "BasicAuthReport" ADD COLUMN "fileName" TEXT;

CREATE TABLE "BasicAuthEntry" (
    "reportId" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "messages" INTEGER NOT NULL,
    "setting" TEXT,
    "firstUseDay" DATE,
    "lastUseDay" DATE,

    CONSTRAINT "BasicAuthEntry_pkey" PRIMARY KEY ("reportId", "address")
);

CREATE INDEX "BasicAuthEntry_address_idx" ON "BasicAuthEntry"("address");

ALTER TABLE "BasicAuthEntry" ADD CONSTRAINT "BasicAuthEntry_reportId_fkey" FOREIGN KEY ("reportId") REFERENCES "BasicAuthReport"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What each report said was not stored until now. A sender belongs to the report whose days it has, or else to the newest one.
INSERT INTO "BasicAuthEntry" ("reportId", "address", "messages", "setting", "firstUseDay", "lastUseDay")
SELECT r."id", s."address", s."messages", s."setting", s."firstSeenDay", s."lastUseDay"
FROM "BasicAuthSender" s CROSS JOIN LATERAL (
  SELECT "id" FROM "BasicAuthReport"
  ORDER BY ("fromDay" = s."seenFrom" AND "untilDay" = s."seenUntil") DESC NULLS LAST, "untilDay" DESC, "uploadedAt" DESC
  LIMIT 1
) r;
