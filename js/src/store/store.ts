import type { Entry, Hold, State } from '../generated/wire.js'

export type { Entry, Hold, State } from '../generated/wire.js'

/** What a store says to a reservation. */
export type Reservation = { kind: 'held' } | { kind: 'exists' } | { kind: 'exceeds'; key: string }

/**
 * Where purchases and budgets live. Every operation is atomic; a write that resolves is durable in the store's
 * own sense, one that rejects may or may not have happened.
 */
export type Store = {
  /** `ephemeral`: forgotten when the process ends, and with it every budget. */
  readonly durability: 'ephemeral' | 'durable'
  /**
   * Writes a new entry and holds its budgets, all or nothing. `exists` when the purchase id is taken, `exceeds`
   * when the sum under a key within its window, this amount included, would be above the limit.
   */
  reserve(entry: Entry, holds: readonly Hold[], nowS: number): Promise<Reservation>
  /** Replaces an entry that is in state `from`; `false` when it is not. `refused` and `dead` give the budget back. */
  advance(from: State, entry: Entry): Promise<boolean>
  /** The entry of a purchase id. */
  get(purchaseId: string): Promise<Entry | undefined>
  /** Entries in the states `reserved`, `signed` and `unknown`. */
  open(): Promise<Entry[]>
  /** Every entry, oldest first. */
  list(): Promise<Entry[]>
}
