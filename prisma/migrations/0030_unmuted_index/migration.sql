-- The list shows what is not muted, by expiry date. Without this, a page is looked for among tens of thousands of muted rows after somebody
-- has muted everything that had expired.
CREATE INDEX "AppCredential_unmuted" ON "AppCredential" ("tenantId", "endsAt", "objectId", "keyId") WHERE "mutedAt" IS NULL;
