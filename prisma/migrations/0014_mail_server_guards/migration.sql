-- What the schema language cannot say: two mail servers are told apart by name, and who has a name is there.

CREATE UNIQUE INDEX "MailServer_name" ON "MailServer" (lower("name")) WHERE "removedAt" IS NULL;

ALTER TABLE "MailServer" ADD CONSTRAINT "MailServer_default_is_there" CHECK (NOT "isDefault" OR "removedAt" IS NULL);

-- Tests that ran before anything was saved belong to what was saved then: there was one mail server.
UPDATE "TestRun" SET "mailServerId" = s."id" FROM "MailServer" s WHERE "TestRun"."mailServerId" IS NULL;
