-- CreateTable
CREATE TABLE "InventoryRight" (
    "tenantId" UUID NOT NULL,
    "clientId" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "fault" JSONB,

    CONSTRAINT "InventoryRight_pkey" PRIMARY KEY ("tenantId","clientId")
);

