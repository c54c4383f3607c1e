import type { Sql } from './sql.js'

/** Version of the tables below. A newer one is refused: what it counts may be more than this code can see. */
export const schemaVersion = 1

const tables = [
  // `place` is the order of first writes; rows are never deleted, so it never repeats.
  `CREATE TABLE farthing_purchases (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    step INTEGER NOT NULL,
    is_open INTEGER NOT NULL,
    request TEXT,
    record TEXT NOT NULL,
    sealed TEXT
  ) STRICT`,
  // Partial, so that finished purchases cost `open` and a query by request nothing.
  `CREATE INDEX farthing_open ON farthing_purchases (place) WHERE is_open = 1`,
  `CREATE INDEX farthing_requests ON farthing_purchases (request, place) WHERE is_open = 1 AND request IS NOT NULL`,
  // Amounts are decimal text everywhere: SQLite's integers end at 2^63.
  `CREATE TABLE farthing_sums (
    key TEXT NOT NULL,
    bucket INTEGER NOT NULL,
    amount TEXT NOT NULL,
    PRIMARY KEY (key, bucket)
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE farthing_holds (
    place INTEGER NOT NULL,
    key TEXT NOT NULL,
    bucket INTEGER NOT NULL,
    amount TEXT NOT NULL,
    until TEXT NOT NULL
  ) STRICT`,
  `CREATE INDEX farthing_holds_of ON farthing_holds (place)`,
  `CREATE TABLE farthing_notes (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID`,
]

/** Makes the tables in a database that has none; refuses those of a newer farthing. */
export function prepareSchema(sql: Sql): void {
  sql.write(() => {
    sql.run('CREATE TABLE IF NOT EXISTS farthing_schema (version INTEGER NOT NULL) STRICT')
    const [found] = sql.rows('SELECT version FROM farthing_schema')
    if (!found) {
      for (const table of tables) sql.run(table)
      sql.run('INSERT INTO farthing_schema (version) VALUES (?)', schemaVersion)
      return
    }
    const version = Number(found['version'])
    if (version !== schemaVersion)
      throw new Error(`cannot open the store: its schema is version ${version}, this farthing knows ${schemaVersion}`)
  })
}
