-- A page of the list is found by its number, in one index that has all that most filters look at.
CREATE INDEX "AppCredential_tenantId_mutedAt_endsAt_objectId_keyId_idx" ON "AppCredential"("tenantId", "mutedAt", "endsAt", "objectId", "keyId");
DROP INDEX "AppCredential_tenantId_endsAt_objectId_keyId_idx";
DROP INDEX "AppCredential_tenantId_mutedAt_endsAt_idx";

-- The check of the permission answers the person who asks; what a reading met is stored with it.
DROP TABLE "InventoryRight";
