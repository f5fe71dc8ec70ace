-- Nothing has read this count.
ALTER TABLE "MailboxHour" DROP COLUMN "retried";
