-- The glossary's word for a try is an attempt.
ALTER TABLE "Rotation" RENAME COLUMN "nextTryAt" TO "nextAttemptAt";
ALTER INDEX "Rotation_nextTryAt_idx" RENAME TO "Rotation_nextAttemptAt_idx";
ALTER TABLE "Reminder" RENAME COLUMN "nextTryAt" TO "nextAttemptAt";
ALTER INDEX "Reminder_state_nextTryAt_idx" RENAME TO "Reminder_state_nextAttemptAt_idx";
ALTER TABLE "MessageEvent" RENAME COLUMN "nextTryAt" TO "nextAttemptAt";
