-- Lists of sessions, newest first. Ids are ordered by time.
DROP INDEX "SubmissionSession_address_startedAt_idx";
DROP INDEX "SubmissionSession_clientId_startedAt_idx";
CREATE INDEX "SubmissionSession_address_id_idx" ON "SubmissionSession"("address", "id");
CREATE INDEX "SubmissionSession_clientId_id_idx" ON "SubmissionSession"("clientId", "id");
CREATE INDEX "SubmissionSession_refused" ON "SubmissionSession"("id") WHERE "refusal" IS NOT NULL;

-- Learning mode is a client that is recognised by its network until this time.
ALTER TABLE "Client" ADD COLUMN "learningUntil" TIMESTAMPTZ(3);
