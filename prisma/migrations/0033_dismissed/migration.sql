-- A failure that a person has dismissed no longer counts as one.
ALTER TABLE "Message" DROP CONSTRAINT "Message_state";
ALTER TABLE "Message" ADD CONSTRAINT "Message_state"
  CHECK ("state" IN ('queued', 'sending', 'held', 'delivered', 'declined', 'failed', 'dismissed', 'cancelled'));
