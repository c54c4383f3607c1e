import type { Entry, Note, State } from '../generated/wire.js'
import { identifier } from './postgres/quote.js'
import { migrationOf, schemaVersion } from './postgres/schema.js'
import type { Intent, Query, Reservation, Store, View } from './store.js'

/**
 * What is needed of a client: `pg.Pool` and `pg.Client` have it. For postgres.js it is
 *
 * ```js
 * const client = {
 *   query: async (text, values) => ({ rows: await sql.unsafe(text, values) }),
 * }
 * ```
 */
export type PostgresClient = {
  query(text: string, values?: (string | number | boolean | null)[]): Promise<{ rows: unknown[] }>
}

/** Options for {@link postgresStore} and {@link migratePostgres}. */
export type PostgresStoreOptions = {
  /** The schema that holds the tables and functions, and nothing else. Default `farthing`. */
  schema?: string | undefined
}

/** A call that the server undid by itself is made again this often. */
const mostTries = 6

/**
 * Makes or completes the schema. May run at every start, in many processes at once; it needs the right to create in the
 * database, which the role that pays needs no more once it may use the schema, its tables and its functions.
 */
export async function migratePostgres(client: PostgresClient, options: PostgresStoreOptions = {}): Promise<void> {
  await asking('prepare the schema', () => client.query(migrationOf(schemaOf(options))))
}

/**
 * Keeps purchases in Postgres 13 or later, for any number of processes and machines, also through a pooler in
 * transaction mode. The client stays the caller's to close and must not be inside a transaction when the store is used.
 *
 * Every operation is one statement, committed to the disk even where `synchronous_commit` is off. A server that runs
 * with `fsync = off` makes the store `ephemeral`; one that fails over to an asynchronous replica may lose the last writes.
 */
export async function postgresStore(client: PostgresClient, options: PostgresStoreOptions = {}): Promise<Store> {
  const s = identifier(schemaOf(options))

  async function ask(what: string, call: string, ...values: (string | number | boolean | null)[]): Promise<unknown> {
    // JSON goes as text: some clients would write what they know to be JSON a second time.
    const text = `SELECT ${s}.${call} AS answer`
    const { rows } = await asking(what, () => client.query(text, [schemaVersion, ...values]))
    const [row] = rows as { answer: unknown }[]
    if (row === undefined) throw new Error(`cannot ${what} in Postgres: the client answers no row`)
    return row.answer
  }

  async function page(onlyOpen: boolean, after: string | undefined, limit: number): Promise<Entry[]> {
    const rows = await ask('list purchases', 'page($1, $2, $3, $4)::text', onlyOpen, after ?? null, limit)
    if (rows === null) throw new Error('cannot list purchases after one that is not kept')
    return JSON.parse(String(rows)) as Entry[]
  }

  const kept = await asking('open a store', () =>
    client.query('SELECT to_regclass($1)::text AS found', [`${s}.version`]),
  )
  if ((kept.rows as { found: unknown }[])[0]?.found == null)
    throw new Error('cannot open a store in Postgres: its schema is missing, run migratePostgres first')
  const synced = await ask('open a store', `check_version($1)::text || current_setting('fsync')`)

  return {
    durability: synced === 'off' ? 'ephemeral' : 'durable',
    async reserve({ from, entry, holds, notes }: Intent): Promise<Reservation> {
      const intent = JSON.stringify({ from, entry, holds, notes })
      return JSON.parse(
        String(await ask('reserve a purchase', 'reserve($1, $2::text::json)::text', intent)),
      ) as Reservation
    },
    async advance(from: State, entry: Entry): Promise<boolean> {
      const answer = await ask(
        'advance a purchase',
        'advance($1, $2, $3::text::json)::text',
        from,
        JSON.stringify(entry),
      )
      return answer === 'true'
    },
    async read(query: Query): Promise<View> {
      return JSON.parse(
        String(await ask('read purchases', 'read($1, $2::text::json)::text', JSON.stringify(query))),
      ) as View
    },
    async remember(note: Note): Promise<boolean> {
      return (await ask('set a note', 'remember($1, $2::text::json)::text', JSON.stringify(note))) === 'true'
    },
    open: (after, limit = 1000) => page(true, after, limit),
    list: (after, limit = 1000) => page(false, after, limit),
  }
}

function schemaOf({ schema = 'farthing' }: PostgresStoreOptions): string {
  // Longer names would be cut, and two schemas could become one.
  if (!/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/.test(schema))
    throw new Error('cannot open a store in Postgres: the name of its schema is not plain, or too long')
  return schema
}

/** Makes a call, and again when the server says that it undid it: a serialization failure or a deadlock. */
async function asking<T>(what: string, call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call()
    } catch (thrown) {
      const code = codeOf(thrown)
      if ((code === '40001' || code === '40P01') && tries < mostTries) {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 2 ** tries * 5))
        continue
      }
      // No `cause`: the server's error quotes what was sent, and with it the sealed row.
      const sentence = thrown instanceof Error ? thrown.message : String(thrown)
      throw new Error(
        `cannot ${what} in Postgres: ${code && code !== 'P0001' ? `${code} ` : ''}${sentence.slice(0, 160)}`,
      )
    }
  }
}

/** The SQLSTATE of an error, where it has one. */
function codeOf(thrown: unknown): string | undefined {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' ? code : undefined
}
