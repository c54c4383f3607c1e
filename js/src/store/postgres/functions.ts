import { mostBuckets } from '../buckets.js'
import { literal } from './quote.js'

/**
 * The operations, as functions in the schema: each is one statement and one round trip, whatever pooler stands between.
 *
 * Locks are taken in one order everywhere, so that nobody waits in a circle: `turn`, the row, notes in the order of
 * their hashes, budgets in the order of their keys. Each waits for `read committed`, whose later statements see what
 * was waited for; another isolation would compare with what was true before the wait.
 */
export const functionsIn = (s: string, schema: string): string => `
CREATE FUNCTION ${s}.check_version(known integer) RETURNS void LANGUAGE plpgsql STABLE AS $function$
DECLARE
  kept integer := (SELECT number FROM ${s}.version);
BEGIN
  IF kept IS DISTINCT FROM known THEN
    RAISE EXCEPTION 'its schema is version %, this farthing knows %', kept, known;
  END IF;
END $function$;

CREATE FUNCTION ${s}.begin_step(known integer) RETURNS void LANGUAGE plpgsql AS $function$
BEGIN
  PERFORM ${s}.check_version(known);
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the connection must be read committed, not %', current_setting('transaction_isolation');
  END IF;
  -- A role or database may be set not to wait for the disk.
  IF current_setting('synchronous_commit') = 'off' THEN PERFORM set_config('synchronous_commit', 'on', true); END IF;
END $function$;

-- Advisory locks, because a note that is compared with nothing has no row to lock.
CREATE FUNCTION ${s}.lock_notes(wanted json) RETURNS void LANGUAGE plpgsql AS $function$
DECLARE
  note record;
BEGIN
  FOR note IN
    SELECT hashtextextended(${literal(`farthing note ${schema} `)} || (item->>'key'), 0) AS hash,
      bool_or(item->>'value' IS NOT NULL) AS is_set
    FROM json_array_elements(wanted) AS item GROUP BY 1 ORDER BY 1
  LOOP
    IF note.is_set THEN PERFORM pg_advisory_xact_lock(note.hash);
    ELSE PERFORM pg_advisory_xact_lock_shared(note.hash);
    END IF;
  END LOOP;
END $function$;

CREATE FUNCTION ${s}.set_note(note json) RETURNS void LANGUAGE sql AS $function$
  INSERT INTO ${s}.notes (key, value) SELECT note->>'key', note->>'value' WHERE note->>'value' IS NOT NULL
  ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE ${s}.notes.value <> excluded.value
$function$;

-- Makes the row of a key that has none: nothing can be locked otherwise.
CREATE FUNCTION ${s}.lock_budgets(wanted text[]) RETURNS void LANGUAGE plpgsql AS $function$
DECLARE
  each text;
BEGIN
  FOR each IN SELECT DISTINCT key COLLATE "C" AS key FROM unnest(wanted) AS key ORDER BY key LOOP
    PERFORM 1 FROM ${s}.budgets WHERE key = each FOR UPDATE;
    IF NOT FOUND THEN
      INSERT INTO ${s}.budgets (key, newest) VALUES (each, -1) ON CONFLICT DO NOTHING;
      PERFORM 1 FROM ${s}.budgets WHERE key = each FOR UPDATE;
    END IF;
  END LOOP;
END $function$;

-- Which holds a row gives back that enters a state.
CREATE FUNCTION ${s}.gives_back(state text, until text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $function$
  SELECT state IN ('refused', 'dead') OR (until = 'answer' AND state IN ('settled', 'unknown'))
$function$;

-- The budgets are locked. A bucket that left the span is gone, and what it held with it.
CREATE FUNCTION ${s}.give_back(given bigint, state text) RETURNS void LANGUAGE sql AS $function$
  WITH back AS (
    DELETE FROM ${s}.holds WHERE place = given AND ${s}.gives_back(state, until) RETURNING key, bucket, amount
  ), total AS (
    SELECT key, bucket, sum(amount) AS amount FROM back GROUP BY key, bucket
  )
  UPDATE ${s}.sums SET amount = sums.amount - total.amount FROM total
  WHERE sums.key = total.key AND sums.bucket = total.bucket
$function$;

-- The place of the row that is in a state and one step behind, or null. Who waited here compares with what came of it.
CREATE FUNCTION ${s}.lock_row(was text, entry json) RETURNS bigint LANGUAGE sql AS $function$
  SELECT place FROM ${s}.purchases
    WHERE id = entry->>'purchaseId' AND state = was AND step = (entry->>'step')::bigint - 1 FOR UPDATE
$function$;

CREATE FUNCTION ${s}.write_row(given bigint, entry json) RETURNS void LANGUAGE sql AS $function$
  UPDATE ${s}.purchases SET state = entry->>'state', step = (entry->>'step')::bigint,
    request = entry->>'request', record = entry->>'record', sealed = entry->>'sealed' WHERE place = given
$function$;

CREATE FUNCTION ${s}.used(wanted text, at bigint, keep integer) RETURNS numeric LANGUAGE sql STABLE AS $function$
  SELECT coalesce(sum(amount), 0) FROM ${s}.sums WHERE key = wanted AND bucket > at - keep
$function$;

-- Places one hold of a row, or answers what its budget counts when there is no room.
CREATE FUNCTION ${s}.place_hold(given bigint, hold json) RETURNS numeric LANGUAGE plpgsql AS $function$
DECLARE
  mine text := hold->>'key';
  added numeric := (hold->>'amount')::numeric;
  at bigint := (SELECT greatest(newest, (hold->>'bucket')::bigint) FROM ${s}.budgets WHERE key = mine);
  before numeric := ${s}.used(mine, at, (hold->>'keep')::integer);
BEGIN
  IF before + added > (hold->>'limit')::numeric THEN RETURN before; END IF;
  UPDATE ${s}.budgets SET newest = at WHERE key = mine AND newest < at;
  IF FOUND THEN DELETE FROM ${s}.sums WHERE key = mine AND bucket <= at - ${mostBuckets}; END IF;
  INSERT INTO ${s}.sums (key, bucket, amount) VALUES (mine, at, added)
    ON CONFLICT (key, bucket) DO UPDATE SET amount = ${s}.sums.amount + excluded.amount;
  INSERT INTO ${s}.holds (place, key, bucket, amount, until) VALUES (given, mine, at, added, hold->>'until');
  RETURN NULL;
END $function$;

CREATE FUNCTION ${s}.reserve(known integer, intent json) RETURNS json LANGUAGE plpgsql AS $function$
DECLARE
  entry json := intent->'entry';
  given bigint;
  wanted json;
  present text;
  before numeric;
  answer json;
BEGIN
  PERFORM ${s}.begin_step(known);
  LOCK TABLE ${s}.turn IN ROW EXCLUSIVE MODE;
  -- Leaving this block by an exception undoes all that was written in it.
  BEGIN
    IF intent->>'from' IS NULL THEN
      INSERT INTO ${s}.purchases (id, state, step, request, record, sealed)
        VALUES (entry->>'purchaseId', entry->>'state', (entry->>'step')::bigint, entry->>'request', entry->>'record',
          entry->>'sealed')
        ON CONFLICT (id) DO NOTHING RETURNING place INTO given;
    ELSE
      given := ${s}.lock_row(intent->>'from', entry);
      PERFORM ${s}.write_row(given, entry);
    END IF;
    IF given IS NULL THEN RETURN json_build_object('kind', 'exists'); END IF;
    PERFORM ${s}.lock_notes(intent->'notes');
    FOR wanted IN SELECT * FROM json_array_elements(intent->'notes') LOOP
      present := (SELECT value FROM ${s}.notes WHERE key = wanted->>'key');
      IF present IS DISTINCT FROM wanted->>'was' AND (present = wanted->>'value') IS NOT TRUE THEN
        answer := json_build_object('kind', 'changed', 'key', wanted->>'key');
        RAISE SQLSTATE 'FA001';
      END IF;
    END LOOP;
    PERFORM ${s}.lock_budgets(ARRAY(
      SELECT item->>'key' FROM json_array_elements(intent->'holds') AS item
      UNION SELECT key FROM ${s}.holds WHERE place = given AND ${s}.gives_back(entry->>'state', until)));
    FOR wanted IN SELECT * FROM json_array_elements(intent->'holds') LOOP
      before := ${s}.place_hold(given, wanted);
      IF before IS NOT NULL THEN
        answer := json_build_object('kind', 'exceeds', 'key', wanted->>'key', 'used', before::text);
        RAISE SQLSTATE 'FA001';
      END IF;
    END LOOP;
    PERFORM ${s}.give_back(given, entry->>'state');
    PERFORM ${s}.set_note(item) FROM json_array_elements(intent->'notes') AS item;
    RETURN json_build_object('kind', 'held');
  EXCEPTION WHEN SQLSTATE 'FA001' THEN
    RETURN answer;
  END;
END $function$;

CREATE FUNCTION ${s}.advance(known integer, was text, entry json) RETURNS boolean LANGUAGE plpgsql AS $function$
DECLARE
  given bigint;
BEGIN
  PERFORM ${s}.begin_step(known);
  given := ${s}.lock_row(was, entry);
  IF given IS NULL THEN RETURN false; END IF;
  PERFORM ${s}.write_row(given, entry);
  PERFORM ${s}.lock_budgets(ARRAY(
    SELECT key FROM ${s}.holds WHERE place = given AND ${s}.gives_back(entry->>'state', until)));
  PERFORM ${s}.give_back(given, entry->>'state');
  RETURN true;
END $function$;

CREATE FUNCTION ${s}.remember(known integer, note json) RETURNS boolean LANGUAGE plpgsql AS $function$
BEGIN
  PERFORM ${s}.begin_step(known);
  PERFORM ${s}.lock_notes(json_build_array(note));
  IF (SELECT value FROM ${s}.notes WHERE key = note->>'key') IS DISTINCT FROM note->>'was' THEN RETURN false; END IF;
  PERFORM ${s}.set_note(note);
  RETURN true;
END $function$;

CREATE FUNCTION ${s}.entry_of(given ${s}.purchases) RETURNS json LANGUAGE sql STABLE AS $function$
  SELECT json_strip_nulls(json_build_object('purchaseId', given.id, 'state', given.state, 'step', given.step,
    'request', given.request, 'record', given.record, 'sealed', given.sealed))
$function$;

-- Stable: all of it is seen at the one moment at which the statement began.
CREATE FUNCTION ${s}.read(known integer, query json) RETURNS json LANGUAGE plpgsql STABLE AS $function$
DECLARE
  entries json := '[]';
BEGIN
  PERFORM ${s}.check_version(known);
  IF query->>'purchaseId' IS NOT NULL THEN
    SELECT json_agg(${s}.entry_of(purchases)) INTO entries FROM ${s}.purchases WHERE id = query->>'purchaseId';
  ELSIF query->>'request' IS NOT NULL THEN
    SELECT json_agg(entry ORDER BY place DESC) INTO entries FROM (
      SELECT place, ${s}.entry_of(purchases) AS entry FROM ${s}.purchases WHERE request = query->>'request'
        AND state IN ('asked', 'approved', 'reserved', 'signed', 'unknown') ORDER BY place DESC LIMIT 64) AS alike;
  END IF;
  RETURN json_build_object(
    'entries', coalesce(entries, '[]'),
    'notes', (SELECT coalesce(json_agg((SELECT value FROM ${s}.notes WHERE key = wanted.key) ORDER BY wanted.nth), '[]')
      FROM json_array_elements_text(query->'notes') WITH ORDINALITY AS wanted (key, nth)),
    'used', (SELECT coalesce(json_agg(${s}.used(item->>'key', greatest((item->>'bucket')::bigint,
        (SELECT newest FROM ${s}.budgets WHERE key = item->>'key')), (item->>'keep')::integer)::text ORDER BY nth), '[]')
      FROM json_array_elements(query->'holds') WITH ORDINALITY AS wanted (item, nth)));
END $function$;

-- Null for an id that is not kept.
CREATE FUNCTION ${s}.page(known integer, only_open boolean, after text, most bigint) RETURNS json
LANGUAGE plpgsql AS $function$
DECLARE
  last bigint := 0;
BEGIN
  PERFORM ${s}.begin_step(known);
  -- Waits for reservations under way: theirs are the places that could be missing.
  LOCK TABLE ${s}.turn IN SHARE MODE;
  IF after IS NOT NULL THEN
    SELECT place INTO last FROM ${s}.purchases WHERE id = after;
    IF last IS NULL THEN RETURN NULL; END IF;
  END IF;
  IF only_open THEN
    RETURN (SELECT coalesce(json_agg(entry ORDER BY place), '[]') FROM (
      SELECT place, ${s}.entry_of(purchases) AS entry FROM ${s}.purchases WHERE place > last
        AND state IN ('asked', 'approved', 'reserved', 'signed', 'unknown') ORDER BY place LIMIT most) AS later);
  END IF;
  RETURN (SELECT coalesce(json_agg(entry ORDER BY place), '[]') FROM (
    SELECT place, ${s}.entry_of(purchases) AS entry FROM ${s}.purchases WHERE place > last ORDER BY place LIMIT most) AS later);
END $function$;`
