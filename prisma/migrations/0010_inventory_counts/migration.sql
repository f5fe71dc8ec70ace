-- AlterTable
ALTER TABLE "AppCredential" ADD COLUMN     "ownerless" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "searchText" TEXT NOT NULL DEFAULT '';

-- CreateTable
CREATE TABLE "AppCredentialCount" (
    "tenantId" UUID NOT NULL,
    "muted" BOOLEAN NOT NULL,
    "day" DATE NOT NULL,
    "rows" INTEGER NOT NULL,

    CONSTRAINT "AppCredentialCount_pkey" PRIMARY KEY ("tenantId","muted","day")
);

-- CreateIndex
CREATE INDEX "AppCredential_tenantId_mutedAt_endsAt_idx" ON "AppCredential"("tenantId", "mutedAt", "endsAt");

-- What was read before is found too, until the next reading writes it anew.
UPDATE "AppCredential" c SET "ownerless" = cardinality(a."owners") = 0,
  "searchText" = lower(concat_ws(E'\n', a."displayName", c."displayName", array_to_string(a."owners", E'\n'), a."appId", a."objectId", c."keyId"))
FROM "AppRegistration" a WHERE a."tenantId" = c."tenantId" AND a."objectId" = c."objectId";

-- The counts follow every statement, whoever sends it.
CREATE FUNCTION app_credential_day("endsAt" timestamptz) RETURNS date LANGUAGE sql IMMUTABLE AS
$$ SELECT coalesce(("endsAt" AT TIME ZONE 'UTC')::date, 'infinity') $$;

INSERT INTO "AppCredentialCount" ("tenantId", "muted", "day", "rows")
SELECT "tenantId", "mutedAt" IS NOT NULL, app_credential_day("endsAt"), count(*) FROM "AppCredential" GROUP BY 1, 2, 3;

CREATE FUNCTION app_credential_counts_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "AppCredentialCount" AS kept ("tenantId", "muted", "day", "rows")
    SELECT "tenantId", "mutedAt" IS NOT NULL, app_credential_day("endsAt"), count(*) FROM newer GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT ("tenantId", "muted", "day") DO UPDATE SET "rows" = kept."rows" + excluded."rows";
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO "AppCredentialCount" AS kept ("tenantId", "muted", "day", "rows")
    SELECT "tenantId", "mutedAt" IS NOT NULL, app_credential_day("endsAt"), -count(*) FROM older GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT ("tenantId", "muted", "day") DO UPDATE SET "rows" = kept."rows" + excluded."rows";
  ELSE
    INSERT INTO "AppCredentialCount" AS kept ("tenantId", "muted", "day", "rows")
    SELECT "tenantId", "mutedAt" IS NOT NULL, app_credential_day("endsAt"), sum(change) FROM (
      SELECT "tenantId", "mutedAt", "endsAt", 1 AS change FROM newer
      UNION ALL SELECT "tenantId", "mutedAt", "endsAt", -1 FROM older
    ) both_sides GROUP BY 1, 2, 3 HAVING sum(change) <> 0 ORDER BY 1, 2, 3
    ON CONFLICT ("tenantId", "muted", "day") DO UPDATE SET "rows" = kept."rows" + excluded."rows";
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "AppCredential_counts_insert" AFTER INSERT ON "AppCredential" REFERENCING NEW TABLE AS newer
  FOR EACH STATEMENT EXECUTE FUNCTION app_credential_counts_follow();
CREATE TRIGGER "AppCredential_counts_update" AFTER UPDATE ON "AppCredential" REFERENCING OLD TABLE AS older NEW TABLE AS newer
  FOR EACH STATEMENT EXECUTE FUNCTION app_credential_counts_follow();
CREATE TRIGGER "AppCredential_counts_delete" AFTER DELETE ON "AppCredential" REFERENCING OLD TABLE AS older
  FOR EACH STATEMENT EXECUTE FUNCTION app_credential_counts_follow();
