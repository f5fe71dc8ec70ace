-- The order in which people look for names: case counts last, and "Device 9" comes before "Device 10". A PostgreSQL that was built without ICU
-- compares bytes instead.
DO $$
BEGIN
  CREATE COLLATION "names" (provider = icu, locale = 'en-u-kn-true');
EXCEPTION WHEN feature_not_supported THEN
  CREATE COLLATION "names" FROM "C";
END
$$;
