-- Senders that still sign in to Exchange Online with a password, as reports say.
CREATE TABLE "BasicAuthReport" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "fromDay" DATE NOT NULL,
    "untilDay" DATE NOT NULL,
    "senders" INTEGER NOT NULL,
    "inheriting" INTEGER NOT NULL,
    "uploadedBy" TEXT NOT NULL,
    "uploadedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "BasicAuthReport_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "BasicAuthSender" (
    "address" TEXT NOT NULL,
    "setting" TEXT,
    "firstSeenDay" DATE NOT NULL,
    "seenFrom" DATE,
    "seenUntil" DATE,
    "messages" INTEGER NOT NULL DEFAULT 0,
    "lastUseDay" DATE,
    "clientId" UUID,
    "linkedBy" TEXT,
    "linkedAt" TIMESTAMPTZ(3),

    CONSTRAINT "BasicAuthSender_pkey" PRIMARY KEY ("address")
);
CREATE INDEX "BasicAuthSender_clientId_idx" ON "BasicAuthSender"("clientId");
