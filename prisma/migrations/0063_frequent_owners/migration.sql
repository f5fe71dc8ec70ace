-- The owners that the list of app registrations offers as a filter. They were counted for each page, in 21 to 38 ms with 20,000 applications.
ALTER TABLE "InventoryRun" ADD COLUMN "frequentOwners" TEXT[] DEFAULT ARRAY[]::TEXT[];

UPDATE "InventoryRun" run SET "frequentOwners" = ARRAY(
  SELECT o FROM "AppRegistration" r, unnest(r."owners") o WHERE r."tenantId" = run."tenantId" GROUP BY o ORDER BY count(*) DESC, o LIMIT 20)
FROM (SELECT DISTINCT ON ("tenantId") id FROM "InventoryRun" WHERE state = 'done' ORDER BY "tenantId", "startedAt" DESC) newest
WHERE run.id = newest.id;
