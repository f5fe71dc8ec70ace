-- A page of the list is found by its number. `AppCredential_unmuted` has the order of the list; this one has that of its muted rows.
CREATE INDEX "AppCredential_muted" ON "AppCredential" ("tenantId", "endsAt", "objectId", "keyId") WHERE "mutedAt" IS NOT NULL;
DROP INDEX "AppCredential_tenantId_endsAt_objectId_keyId_idx";
DROP INDEX "AppCredential_tenantId_mutedAt_endsAt_idx";

-- The check of the permission answers the person who asks; what a reading met is stored with it.
DROP TABLE "InventoryRight";
