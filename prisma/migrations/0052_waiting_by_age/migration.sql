-- The oldest messages that wait are found without reading all that ended before them: on every page, every minute and for metrics.
CREATE INDEX "Message_waiting" ON "Message"("id") WHERE "state" = 'queued';
