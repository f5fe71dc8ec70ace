-- Each machine has its own disk and its own certificate, but the worker that happens to watch knew only those of its own.
ALTER TABLE "Heartbeat" ADD COLUMN "certificateExpiresAt" TIMESTAMPTZ(3),
ADD COLUMN "freeBytes" BIGINT;
