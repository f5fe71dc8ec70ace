-- Three forms change this row, each one setting. A version for each, so that only a change of the same setting is a conflict.
ALTER TABLE "CredentialWatch" RENAME COLUMN "version" TO "thresholdsVersion";
ALTER TABLE "CredentialWatch" ADD COLUMN "inventoryVersion" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN "rotateVersion" INTEGER NOT NULL DEFAULT 0;
