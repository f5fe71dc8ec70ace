-- Which earlier revision a restored one is a copy of. Of revisions that were restored before, only the audit log says it.
ALTER TABLE "MailServerRevision" ADD COLUMN "restored" INTEGER;
