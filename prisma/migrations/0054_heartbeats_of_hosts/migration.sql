-- Several machines may run a worker or a listener. The silence or the clock of one was hidden by the heartbeat of another.
ALTER TABLE "Heartbeat" ADD COLUMN "host" TEXT NOT NULL DEFAULT '';
ALTER TABLE "Heartbeat" DROP CONSTRAINT "Heartbeat_pkey", ADD CONSTRAINT "Heartbeat_pkey" PRIMARY KEY ("name", "host");
