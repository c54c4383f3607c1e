/** What the SQLite stores need of a database: `node:sqlite`, `bun:sqlite` and a Durable Object have it alike. */

export type Value = string | number | null

export type Row = Record<string, unknown>

/** A connection whose calls return when they are done. */
export type Sql = {
  /** Runs one statement that writes. */
  run(statement: string, ...values: Value[]): void
  /** Runs one statement that reads. */
  rows(statement: string, ...values: Value[]): Row[]
  /** Runs `act` as one transaction that has the right to write from its start, and undoes it when `act` throws. */
  write<T>(act: () => T): T
  /** Runs `act` on one moment of the database. */
  read<T>(act: () => T): T
}
