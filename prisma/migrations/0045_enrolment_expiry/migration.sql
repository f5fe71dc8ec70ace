-- A seed that waits for its first code expires. One that was begun before has no date, and so has expired.
ALTER TABLE "TwoFactor" ADD COLUMN "expiresAt" TIMESTAMPTZ(3);
