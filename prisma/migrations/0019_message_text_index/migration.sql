-- Parts of words by an index, without an extension that a given server may lack or not allow. A row is written once and never changed, so the
-- index costs a message once, and not at each of its states.
CREATE FUNCTION message_trigrams("text" text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT coalesce(array_agg(DISTINCT substr(line, at, 3)), '{}')
   FROM unnest(string_to_array($1, E'\n')) AS line, generate_series(1, length(line) - 2) AS at $$;
CREATE INDEX "MessageText_trigrams" ON "MessageText" USING gin (message_trigrams("text"));
