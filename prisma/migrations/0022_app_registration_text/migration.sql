-- CreateTable
CREATE TABLE "AppRegistrationText" (
    "tenantId" UUID NOT NULL,
    "objectId" UUID NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "AppRegistrationText_pkey" PRIMARY KEY ("tenantId","objectId")
);

-- AddForeignKey
ALTER TABLE "AppRegistrationText" ADD CONSTRAINT "AppRegistrationText_tenantId_objectId_fkey" FOREIGN KEY ("tenantId", "objectId") REFERENCES "AppRegistration"("tenantId", "objectId") ON DELETE CASCADE ON UPDATE CASCADE;


-- What was read before is found too.
INSERT INTO "AppRegistrationText" ("tenantId", "objectId", "text")
SELECT c."tenantId", c."objectId", string_agg(DISTINCT line, E'\n')
FROM "AppCredential" c, unnest(string_to_array(c."searchText", E'\n')) AS line GROUP BY 1, 2;

-- Parts of words, as those of messages are found. Nothing is gathered of what the trigrams are: making them costs more than a better plan gains.
CREATE INDEX "AppRegistrationText_trigrams" ON "AppRegistrationText" USING gin (message_trigrams("text"));
ALTER INDEX "AppRegistrationText_trigrams" ALTER COLUMN 1 SET STATISTICS 0;
