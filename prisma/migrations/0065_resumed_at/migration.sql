-- When a pause last ended: an attempt before that says nothing about the next one, so the banner must not say that no mail is sent.
ALTER TABLE "MailServer" ADD COLUMN "resumedAt" TIMESTAMPTZ(3);

