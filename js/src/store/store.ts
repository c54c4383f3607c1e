import type { Entry, Hold, Note, State } from '../generated/wire.js'

export type { Entry, Hold, Note, State } from '../generated/wire.js'

/** What a store is asked to write in one step, all or nothing. */
export type Intent = {
  /** State the row must be in, one step before `entry.step`; absent for a new row, whose step may be any from 1. */
  from?: State
  /** The row. */
  entry: Entry
  /** Budgets it counts against. */
  holds: readonly Hold[]
  /** What is remembered of others, compared and set in the same step. */
  notes: readonly Note[]
}

/** What a store says to a reservation. */
export type Reservation =
  | { kind: 'held' }
  /** The id is taken, or its row is not in state `from`, or not one step before. */
  | { kind: 'exists' }
  /** A note is not what it was. */
  | { kind: 'changed'; key: string }
  /** The budget of that key has no room: `used` counts there already, in the unit of the hold. */
  | { kind: 'exceeds'; key: string; used: string }

/** What is read before a decision, in one round trip. */
export type Query = {
  /** One row by its id. */
  purchaseId?: string
  /** Open rows whose `request` is this, newest first, 64 of them at most. Ignored beside `purchaseId`. */
  request?: string
  /** Keys of notes. */
  notes: readonly string[]
  /** Budgets whose use is wanted. */
  holds: readonly Hold[]
}

/** The answer to a {@link Query}, in its order. */
export type View = {
  entries: Entry[]
  /** `null` where nothing is noted. */
  notes: (string | null)[]
  /** What counts under each budget now, in the unit of the hold. */
  used: string[]
}

/**
 * Where purchases and budgets live. Every operation is atomic; a write that resolves is durable in the store's own
 * sense, one that rejects may or may not have happened. `farthing/store-conformance` checks all of this.
 *
 * **Steps.** A row is replaced only by its next step: whoever read a row that has since come back to the same state does
 * not overtake who changed it meanwhile. So the history of a purchase only grows.
 *
 * **Budgets.** A store keeps, for each key, sums by bucket. A reservation counts in bucket `b`, which is the greater of
 * `hold.bucket` and the greatest bucket kept under the key: time never runs backwards. What counts is the sum of the
 * buckets above `b - hold.keep`, up to `b`; older ones may be forgotten. With `hold.amount` it must not be above
 * `hold.limit`. Two holds of one key in one reservation count together. A bucket inside the span is kept even when it is
 * given back to zero: it still says how late it is. All numbers are below 2^256 and exact.
 *
 * **Release.** A row that enters `refused` or `dead` gives all its holds back, from the bucket they counted in. A row
 * that enters `settled` or `unknown` gives back those whose `until` is `answer`. Nothing else gives anything back.
 */
export type Store = {
  /** `ephemeral`: forgotten when the process ends, and with it every budget. */
  readonly durability: 'ephemeral' | 'durable'
  /**
   * Writes a row, holds its budgets and sets the notes, or does nothing. Checked in this order: the row (`exists`), the
   * notes (`changed`), the budgets (`exceeds`). A note that already has the new value is as good as the old one.
   */
  reserve(intent: Intent): Promise<Reservation>
  /** Replaces a row that is in state `from` and whose step is `entry.step - 1`; `false` when it is not. */
  advance(from: State, entry: Entry): Promise<boolean>
  /** Rows, notes and sums, of one moment. */
  read(query: Query): Promise<View>
  /** Sets one note that is what it `was`; `false` when it is not, also when it has the new value already. */
  remember(note: Note): Promise<boolean>
  /** Rows in the states `asked`, `approved`, `reserved`, `signed` and `unknown`, oldest first, in pages like `list`. */
  open(after?: string, limit?: number): Promise<Entry[]>
  /**
   * Every row in the order of their first write: `limit` (default 1 000) after the purchase id `after`. Rejects when that
   * row is unknown.
   */
  list(after?: string, limit?: number): Promise<Entry[]>
  /**
   * Runs `act` while no other process or tab runs one of the same purchase id, where the platform has such locks. The
   * store is right without it; it spares two tabs a `purchase/in-progress`.
   */
  exclusive?<T>(purchaseId: string, act: () => Promise<T>): Promise<T>
}
