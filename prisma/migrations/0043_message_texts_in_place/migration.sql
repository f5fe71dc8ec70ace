-- The text of most messages fits into a page. Stored there, it needs neither pieces in a second table nor their index.
ALTER TABLE "MessageBody" SET (toast_tuple_target = 8160);
