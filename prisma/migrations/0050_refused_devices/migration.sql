-- Refused devices are found from address to address, however many sessions each has.
CREATE INDEX "SubmissionSession_refusedDevices" ON "SubmissionSession"("address", "id")
    WHERE ("clientId" IS NULL OR "refusal" = 'learning-over') AND "refusal" IS NOT NULL;
