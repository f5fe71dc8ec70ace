-- What the schema language cannot say: history is never rewritten, and there is one default mail server.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP;
END $$;

CREATE TRIGGER "AuditEvent_append_only" BEFORE UPDATE OR DELETE ON "AuditEvent"
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER "AuditEvent_no_truncate" BEFORE TRUNCATE ON "AuditEvent"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER "MailServerRevision_immutable" BEFORE UPDATE OR DELETE ON "MailServerRevision"
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER "MailServerRevision_no_truncate" BEFORE TRUNCATE ON "MailServerRevision"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE UNIQUE INDEX "MailServer_one_default" ON "MailServer" ("isDefault") WHERE "isDefault";
