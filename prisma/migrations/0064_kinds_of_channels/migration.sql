ALTER TABLE "NotificationChannel" ADD CONSTRAINT "NotificationChannel_kind" CHECK ("kind" IN ('mail', 'webhook', 'teams'));
