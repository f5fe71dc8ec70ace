-- What the schema language cannot say: of some things there is one at a time.

CREATE UNIQUE INDEX "Credential_one_next" ON "Credential" ("mailServerId") WHERE "slot" = 'next';
CREATE UNIQUE INDEX "Credential_one_current" ON "Credential" ("mailServerId") WHERE "slot" = 'current';
CREATE UNIQUE INDEX "Rotation_one_open" ON "Rotation" ("mailServerId") WHERE "endedAt" IS NULL;
CREATE UNIQUE INDEX "SettlingRetry_one_open" ON "SettlingRetry" ("mailServerId") WHERE "endedAt" IS NULL;
CREATE UNIQUE INDEX "InventoryRun_one_running" ON "InventoryRun" ("tenantId") WHERE "endedAt" IS NULL;
ALTER TABLE "CredentialWatch" ADD CONSTRAINT "CredentialWatch_one_row" CHECK ("id" = 1);
INSERT INTO "CredentialWatch" ("id") VALUES (1);

-- Credentials from before this migration.
UPDATE "Credential" SET "currentSince" = "createdAt" WHERE "slot" = 'current';
UPDATE "Credential" SET "retiredAt" = "createdAt" WHERE "slot" = 'retired';
