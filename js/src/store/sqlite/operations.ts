import type { Entry, Hold, Note, State } from '../../generated/wire.js'
import {
  agrees,
  countIn,
  follows,
  isGivenBack,
  isOpen,
  mostBuckets,
  type Placed,
  placeHolds,
  type Sums,
} from '../buckets.js'
import type { Intent, Query, Reservation, View } from '../store.js'
import type { Row, Sql } from './sql.js'

/** The operations of a store, finished when they return. */
export type Operations = {
  reserve(intent: Intent): Reservation
  advance(from: State, entry: Entry): boolean
  read(query: Query): View
  remember(note: Note): boolean
  open(after?: string, limit?: number): Entry[]
  list(after?: string, limit?: number): Entry[]
}

const columns = 'id, state, step, request, record, sealed'

/** The store's operations on a database that has passed `prepareSchema`. */
export function operationsOn(sql: Sql): Operations {
  function reserve({ from, entry, holds, notes }: Intent): Reservation {
    const present = presentOf(entry.purchaseId)
    if (!follows(entry, present, from)) return { kind: 'exists' }
    const changed = notes.find((note) => !agrees(note, noted(note.key)))
    if (changed) return { kind: 'changed', key: changed.key }
    const placement = placeHolds(holds, sumsOf)
    if (placement.kind === 'exceeds') return placement
    const place = present?.place ?? insert(entry)
    for (const hold of placement.placed) keep(place, hold)
    for (const [key, sums] of placement.sums) writeSums(key, sums, placement.placed)
    for (const note of notes) setNote(note)
    // After the holds, so that a row written straight into a final state gives back its own.
    update(place, entry)
    return { kind: 'held' }
  }

  /** Where a row stands. */
  function presentOf(id: string): { place: number; state: State; step: number } | undefined {
    const [row] = sql.rows('SELECT place, state, step FROM farthing_purchases WHERE id = ?', id)
    return row && { place: Number(row['place']), state: row['state'] as State, step: Number(row['step']) }
  }

  function insert({ purchaseId, state, step, record }: Entry): number {
    const statement = 'INSERT INTO farthing_purchases (id, state, step, is_open, record) VALUES (?, ?, ?, ?, ?)'
    sql.run(statement, purchaseId, state, step, isOpen(state) ? 1 : 0, record)
    const [row] = sql.rows('SELECT place FROM farthing_purchases WHERE id = ?', purchaseId)
    return Number(row?.['place'])
  }

  function update(place: number, { state, step, request, record, sealed }: Entry): void {
    sql.run(
      'UPDATE farthing_purchases SET state = ?, step = ?, is_open = ?, request = ?, record = ?, sealed = ? WHERE place = ?',
      ...[state, step, isOpen(state) ? 1 : 0, request ?? null, record, sealed ?? null, place],
    )
    for (const until of ['proof', 'answer'] as const) if (isGivenBack(state, until)) giveBack(place, until)
  }

  function giveBack(place: number, until: Hold['until']): void {
    const held = sql.rows('SELECT key, bucket, amount FROM farthing_holds WHERE place = ? AND until = ?', place, until)
    for (const { key, bucket, amount } of held) {
      const at = [String(key), Number(bucket)] as const
      const [sum] = sql.rows('SELECT amount FROM farthing_sums WHERE key = ? AND bucket = ?', ...at)
      // A bucket that has left the span is gone, and what it held with it.
      if (!sum) continue
      const left = BigInt(String(sum['amount'])) - BigInt(String(amount))
      sql.run('UPDATE farthing_sums SET amount = ? WHERE key = ? AND bucket = ?', String(left), ...at)
    }
    if (held.length > 0) sql.run('DELETE FROM farthing_holds WHERE place = ? AND until = ?', place, until)
  }

  function keep(place: number, { key, bucket, amount, until }: Placed): void {
    const statement = 'INSERT INTO farthing_holds (place, key, bucket, amount, until) VALUES (?, ?, ?, ?, ?)'
    sql.run(statement, place, key, bucket, String(amount), until)
  }

  /** Writes the sums that `placed` changed, and forgets those that can never count again. */
  function writeSums(key: string, sums: Sums, placed: readonly Placed[]): void {
    const bucket = placed.find((hold) => hold.key === key)?.bucket ?? 0
    const statement = `INSERT INTO farthing_sums (key, bucket, amount) VALUES (?, ?, ?)
      ON CONFLICT (key, bucket) DO UPDATE SET amount = excluded.amount`
    for (const at of new Set(placed.filter((hold) => hold.key === key).map((hold) => hold.bucket)))
      sql.run(statement, key, at, String(sums.get(at)))
    sql.run('DELETE FROM farthing_sums WHERE key = ? AND bucket <= ?', key, bucket - mostBuckets)
  }

  function sumsOf(key: string): Sums {
    const kept = sql.rows('SELECT bucket, amount FROM farthing_sums WHERE key = ?', key)
    return new Map(kept.map(({ bucket, amount }) => [Number(bucket), BigInt(String(amount))]))
  }

  function noted(key: string): string | undefined {
    const [row] = sql.rows('SELECT value FROM farthing_notes WHERE key = ?', key)
    return row && String(row['value'])
  }

  function setNote({ key, value }: Note): void {
    if (value === undefined) return
    const statement = 'INSERT INTO farthing_notes (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = ?'
    sql.run(statement, key, value, value)
  }

  function found({ purchaseId, request }: Query): Entry[] {
    const select = `SELECT ${columns} FROM farthing_purchases`
    if (purchaseId !== undefined) return sql.rows(`${select} WHERE id = ?`, purchaseId).map(entryOf)
    if (request === undefined) return []
    return sql.rows(`${select} WHERE is_open = 1 AND request = ? ORDER BY place DESC LIMIT 64`, request).map(entryOf)
  }

  function page(which: string, after: string | undefined, limit: number): Entry[] {
    const [last] =
      after === undefined ? [{ place: 0 }] : sql.rows('SELECT place FROM farthing_purchases WHERE id = ?', after)
    if (!last) throw new Error('cannot list purchases after one that is not kept')
    const statement = `SELECT ${columns} FROM farthing_purchases WHERE ${which} place > ? ORDER BY place LIMIT ?`
    return sql.rows(statement, Number(last['place']), limit).map(entryOf)
  }

  return {
    reserve: (intent) => sql.write(() => reserve(intent)),
    advance: (from, entry) =>
      sql.write(() => {
        const present = presentOf(entry.purchaseId)
        if (!present || !follows(entry, present, from)) return false
        update(present.place, entry)
        return true
      }),
    read: (query) =>
      sql.read(() => ({
        entries: found(query),
        notes: query.notes.map((key) => noted(key) ?? null),
        used: query.holds.map((hold) => String(countIn(sumsOf(hold.key), hold).used)),
      })),
    remember: (note) =>
      sql.write(() => {
        if (noted(note.key) !== note.was) return false
        setNote(note)
        return true
      }),
    open: (after, limit = 1000) => sql.read(() => page('is_open = 1 AND', after, limit)),
    list: (after, limit = 1000) => sql.read(() => page('', after, limit)),
  }
}

function entryOf({ id, state, step, request, record, sealed }: Row): Entry {
  const entry: Entry = { purchaseId: String(id), state: state as State, step: Number(step), record: String(record) }
  if (request !== null) entry.request = String(request)
  if (sealed !== null) entry.sealed = String(sealed)
  return entry
}
