-- A clock that differs from the database's is shown on the System page.
ALTER TABLE "Heartbeat" ADD COLUMN "aheadSeconds" INTEGER NOT NULL DEFAULT 0;
