-- What the schema language cannot say. Indexes of what waits hold what waits alone: with a million old messages beside it,
-- claiming reads no more than with none.

CREATE INDEX "Message_queued" ON "Message" ("mailServerId", "mailbox", "dueAt", "id") WHERE "state" = 'queued';
CREATE INDEX "Message_sending" ON "Message" ("leasedUntil") WHERE "state" = 'sending';
CREATE INDEX "Message_waiting_bytes" ON "Message" ("state") INCLUDE ("sizeBytes") WHERE "state" IN ('queued', 'sending', 'held');
CREATE INDEX "Message_ended" ON "Message" ("endedAt") WHERE "endedAt" IS NOT NULL;
-- The newest word about a mail server; what was wrong with one mail is none.
CREATE INDEX "Attempt_of_server" ON "Attempt" ("mailServerId", "at" DESC) WHERE "outcome" <> 'refused';

ALTER TABLE "Message" ADD CONSTRAINT "Message_state"
  CHECK ("state" IN ('queued', 'sending', 'held', 'delivered', 'failed', 'cancelled'));
ALTER TABLE "Recipient" ADD CONSTRAINT "Recipient_state"
  CHECK ("state" IN ('queued', 'delivered', 'declined', 'failed', 'cancelled'));

-- A message changes three times on its way and never again: what it leaves is cleared early, however large the table.
ALTER TABLE "Message" SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000);
ALTER TABLE "Recipient" SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000);
ALTER TABLE "MessageBody" SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000);
ALTER TABLE "Permit" SET (fillfactor = 50);
ALTER TABLE "MailboxHour" SET (fillfactor = 50);
-- Bytes of a mail are coded text already, or compressed by whoever made them.
ALTER TABLE "MessageBody" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;
