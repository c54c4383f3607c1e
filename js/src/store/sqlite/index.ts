import type { Store } from '../store.js'
import { operationsOn } from './operations.js'
import { prepareSchema } from './schema.js'
import type { Row, Sql, Value } from './sql.js'

/** An open database of `node:sqlite` or `bun:sqlite`. */
export type SqliteDatabase = {
  exec(statements: string): unknown
  prepare(statement: string): { all(...values: Value[]): unknown[]; run(...values: Value[]): unknown }
  close(): unknown
}

/** Options for {@link sqliteStore}. */
export type SqliteStoreOptions = {
  /** Waits this long for another process that is writing, in milliseconds, and stops the event loop. Default 5 000. */
  busyTimeoutMs?: number | undefined
}

/** A store in an SQLite file. */
export type SqliteStore = Store & {
  durability: 'durable'
  /** Closes the database, unless it was given open. */
  close(): void
}

/**
 * Keeps purchases in an SQLite file, for Node (22.5 and later), Bun and Deno. Several processes of one machine may use
 * one file; it must not lie on a network file system, whose locks cannot be relied on.
 *
 * `place` is a path or an open database. A database given open stays the caller's to close, gets tables whose names
 * begin with `farthing_`, and must not be inside a transaction when the store is used.
 */
export async function sqliteStore(
  place: string | SqliteDatabase,
  options: SqliteStoreOptions = {},
): Promise<SqliteStore> {
  const database = typeof place === 'string' ? await openFile(place) : place
  const close = (): void => {
    if (typeof place === 'string') database.close()
  }
  try {
    configure(database, options.busyTimeoutMs ?? 5_000)
    const sql = sqlOf(database)
    prepareSchema(sql)
    const operations = operationsOn(sql)
    return {
      durability: 'durable',
      reserve: async (intent) => operations.reserve(intent),
      advance: async (from, entry) => operations.advance(from, entry),
      read: async (query) => operations.read(query),
      remember: async (note) => operations.remember(note),
      open: async (after, limit) => operations.open(after, limit),
      list: async (after, limit) => operations.list(after, limit),
      close,
    }
  } catch (thrown) {
    close()
    throw thrown
  }
}

async function openFile(path: string): Promise<SqliteDatabase> {
  const inBun = 'Bun' in globalThis
  // A variable, and marked, so that no bundler looks for a module that only one runtime has.
  const name: string = inBun ? 'bun:sqlite' : 'node:sqlite'
  let module: { Database: new (path: string) => SqliteDatabase; DatabaseSync: new (path: string) => SqliteDatabase }
  try {
    module = await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ name)
  } catch (cause) {
    throw new Error(`cannot open an SQLite store: ${name} is missing, Node has it since 22.5 (unflagged 22.13)`, {
      cause,
    })
  }
  return inBun ? new module.Database(path) : new module.DatabaseSync(path)
}

function configure(database: SqliteDatabase, busyTimeoutMs: number): void {
  database.exec(`PRAGMA busy_timeout = ${Math.trunc(busyTimeoutMs)}`)
  const [mode] = database.prepare('PRAGMA journal_mode = WAL').all() as Row[]
  const journal = String(mode?.['journal_mode'])
  if (journal === 'memory' || journal === 'off')
    throw new Error(`cannot keep purchases durably: the database has journal mode ${journal}`)
  // NORMAL, the habit with WAL, leaves the last commits unsynced: a power cut after a signature was sent would then
  // forget it, and the purchase would be paid again.
  const [level] = database.prepare('PRAGMA synchronous').all() as Row[]
  if (Number(level?.['synchronous']) < 2) database.exec('PRAGMA synchronous = FULL')
}

function sqlOf(database: SqliteDatabase): Sql {
  const prepared = new Map<string, ReturnType<SqliteDatabase['prepare']>>()
  function statement(text: string): ReturnType<SqliteDatabase['prepare']> {
    const known = prepared.get(text)
    if (known) return known
    const made = database.prepare(text)
    prepared.set(text, made)
    return made
  }
  function within<T>(begin: string, act: () => T): T {
    database.exec(begin)
    let result: T
    try {
      result = act()
      database.exec('COMMIT')
    } catch (thrown) {
      rollBack(thrown)
      throw thrown
    }
    return result
  }
  function rollBack(cause: unknown): void {
    try {
      database.exec('ROLLBACK')
    } catch (thrown) {
      // Some failures have ended the transaction already; only one that is still open would hurt the next step.
      if (!/no transaction is active/i.test(String(thrown)))
        throw new Error('cannot undo a step in the SQLite store: ROLLBACK failed', { cause })
    }
  }
  return {
    run: (text, ...values) => void statement(text).run(...values),
    rows: (text, ...values) => statement(text).all(...values) as Row[],
    // IMMEDIATE takes the lock before the first read: a transaction that began as a reader cannot be upgraded once
    // another process has written, whatever the timeout.
    write: (act) => within('BEGIN IMMEDIATE', act),
    read: (act) => within('BEGIN', act),
  }
}
