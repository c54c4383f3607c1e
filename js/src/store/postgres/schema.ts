import { functionsIn } from './functions.js'
import { identifier, literal } from './quote.js'

/** Version of the tables and functions. A newer one is refused by every operation. */
export const schemaVersion = 1

/**
 * One statement that makes or completes the schema, whoever else does the same at this moment. It is a single `DO`, so
 * that it is one transaction also through a pooler.
 */
export function migrationOf(schema: string): string {
  const s = identifier(schema)
  return `DO $migration$
DECLARE
  kept integer;
BEGIN
  -- What waits here must see afterwards what was made meanwhile.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the connection must be read committed, not %', current_setting('transaction_isolation');
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended(${literal(`farthing schema ${schema}`)}, 0));
  IF to_regclass(${literal(`${s}.version`)}) IS NOT NULL THEN
    EXECUTE ${literal(`SELECT number FROM ${s}.version`)} INTO kept;
    IF kept > ${schemaVersion} THEN
      RAISE EXCEPTION 'its schema is version %, this farthing knows ${schemaVersion}', kept;
    END IF;
    IF kept = ${schemaVersion} THEN RETURN; END IF;
  END IF;
  IF to_regnamespace(${literal(s)}) IS NULL THEN CREATE SCHEMA ${s}; END IF;
  ${tablesIn(s)}
  ${functionsIn(s, schema)}
  INSERT INTO ${s}.version (number) VALUES (${schemaVersion});
END
$migration$`
}

const tablesIn = (s: string): string => `
CREATE TABLE ${s}.version (number integer NOT NULL);

-- Rows are never deleted. Places are given in the order in which first writes become visible: see "turn".
CREATE TABLE ${s}.purchases (
  place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,
  state text NOT NULL,
  step bigint NOT NULL,
  request text COLLATE "C",
  record text NOT NULL,
  sealed text
);
-- Partial, so that finished purchases cost nothing.
CREATE INDEX ON ${s}.purchases (place)
  WHERE state IN ('asked', 'approved', 'reserved', 'signed', 'unknown');
CREATE INDEX ON ${s}.purchases (request, place)
  WHERE state IN ('asked', 'approved', 'reserved', 'signed', 'unknown') AND request IS NOT NULL;

-- Always empty: who lists locks it for a moment, so that no earlier place appears after a page was read.
CREATE TABLE ${s}.turn ();

-- One row for each key, which whoever changes its sums locks; newest is the greatest bucket that was used.
CREATE TABLE ${s}.budgets (
  key text COLLATE "C" PRIMARY KEY,
  newest bigint NOT NULL
) WITH (fillfactor = 70);
CREATE TABLE ${s}.sums (
  key text COLLATE "C" NOT NULL,
  bucket bigint NOT NULL,
  amount numeric(78, 0) NOT NULL CHECK (amount >= 0),
  PRIMARY KEY (key, bucket)
) WITH (fillfactor = 70);
CREATE TABLE ${s}.holds (
  place bigint NOT NULL,
  key text COLLATE "C" NOT NULL,
  bucket bigint NOT NULL,
  amount numeric(78, 0) NOT NULL,
  until text NOT NULL
);
CREATE INDEX ON ${s}.holds (place);
CREATE TABLE ${s}.notes (
  key text COLLATE "C" PRIMARY KEY,
  value text NOT NULL
);`
