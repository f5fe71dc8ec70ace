-- Any other kind, which only a forged form could store, was treated as mail.
UPDATE "NotificationChannel" SET "kind" = 'mail' WHERE "kind" NOT IN ('mail', 'webhook', 'teams');
ALTER TABLE "NotificationChannel" ADD CONSTRAINT "NotificationChannel_kind" CHECK ("kind" IN ('mail', 'webhook', 'teams'));
