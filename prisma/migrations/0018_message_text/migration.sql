-- CreateTable
CREATE TABLE "MessageText" (
    "messageId" UUID NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "MessageText_pkey" PRIMARY KEY ("messageId")
);

-- AddForeignKey
ALTER TABLE "MessageText" ADD CONSTRAINT "MessageText_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "Message"("id") ON DELETE CASCADE ON UPDATE CASCADE;
