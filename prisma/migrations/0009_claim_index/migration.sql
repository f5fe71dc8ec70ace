-- For a claim there is one index alone, in the order of the claim. With another one beside it that holds the waiting rows too, the
-- planner sorts all that wait for each claim, as long as its figures say that little does.
DROP INDEX "Message_state_id_idx";
DROP INDEX "Message_waiting_bytes";
DROP INDEX "Message_queued";
CREATE INDEX "Message_queued" ON "Message" ("mailServerId", "mailbox", "dueAt", "id") INCLUDE ("sizeBytes") WHERE "state" = 'queued';
CREATE INDEX "Message_settled" ON "Message" ("state", "id") INCLUDE ("sizeBytes") WHERE "state" NOT IN ('queued', 'sending');
