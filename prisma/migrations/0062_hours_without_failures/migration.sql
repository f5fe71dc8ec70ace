-- A message that fails, is sent again and fails again was counted twice. Failures are counted from the messages.
ALTER TABLE "MailboxHour" DROP COLUMN "failed";
