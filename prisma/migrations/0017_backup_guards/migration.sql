-- What the schema language cannot say: nobody is his own backup, only a pause takes mail elsewhere, and what waits with a backup is found
-- without looking at the rest.

ALTER TABLE "MailServer" ADD CONSTRAINT "MailServer_backup_is_another" CHECK ("backupId" <> "id");
ALTER TABLE "MailServer" ADD CONSTRAINT "MailServer_own_fault_is_a_pause" CHECK (NOT "pauseIsOwn" OR "pausedAt" IS NOT NULL);
ALTER TABLE "Message" ADD CONSTRAINT "Message_moved_from_another" CHECK ("movedFromId" <> "mailServerId");

CREATE INDEX "Message_moved" ON "Message" ("mailServerId", "movedFromId") WHERE "state" = 'queued' AND "movedFromId" IS NOT NULL;
