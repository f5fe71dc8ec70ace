-- The clock's tables live in a schema of their own, which its library made with the rights of an owner. The application's role may make none.
DO $$ BEGIN
  IF to_regnamespace('pgboss') IS NULL THEN CREATE SCHEMA pgboss; END IF;
END $$;
