-- The worker takes the oldest notification that is due. It read every due one for that, of thousands of keys and many channels.
DROP INDEX "Reminder_state_nextAttemptAt_idx";
CREATE INDEX "Reminder_state_dueAt_id_idx" ON "Reminder"("state", "dueAt", "id");
