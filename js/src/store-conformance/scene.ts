import type { Entry, Hold, Intent, Note, Query, Reservation, State, Store, View } from '../store/store.js'

/** A sentence of the contract and what asks for it. `again` opens the same place a second time, where that is possible. */
export type Check = { name: string; check: (store: Store, again: () => Promise<Store>) => Promise<void> }

export const held: Reservation = { kind: 'held' }
export const exists: Reservation = { kind: 'exists' }
export const changed = (key: string): Reservation => ({ kind: 'changed', key })
export const exceeds = (key: string, used: string): Reservation => ({ kind: 'exceeds', key, used })

/** A row at its first step; `over` replaces parts of it. */
export function entry(purchaseId: string, state: State = 'reserved', over: Partial<Entry> = {}): Entry {
  return { purchaseId, state, step: 1, record: `{"id":"${purchaseId}","state":"${state}"}`, ...over }
}

/** What replaces a row of {@link entry}: its second step. */
export function second(purchaseId: string, state: State = 'reserved', over: Partial<Entry> = {}): Entry {
  return entry(purchaseId, state, { step: 2, ...over })
}

/** A hold of 10 in bucket 5 under a limit of 100, one span long. */
export function hold(over: Partial<Hold> = {}): Hold {
  return { key: 'day', amount: '10', limit: '100', bucket: 5, keep: 1, until: 'proof', ...over }
}

/** A reservation with parts left out. */
export function intent(row: Entry, parts: Partial<Omit<Intent, 'entry'>> = {}): Intent {
  return { entry: row, holds: [], notes: [], ...parts }
}

/** Reserves a new row with these holds and expects that it is held. */
export async function hasHeld(store: Store, purchaseId: string, ...holds: Hold[]): Promise<void> {
  equal(await store.reserve(intent(entry(purchaseId), { holds })), held, `reservation of ${purchaseId}`)
}

export const read = (store: Store, query: Partial<Query>): Promise<View> =>
  store.read({ notes: [], holds: [], ...query })

/** The row with this id, or undefined. */
export async function row(store: Store, purchaseId: string): Promise<Entry | undefined> {
  const { entries } = await read(store, { purchaseId })
  if (entries.length > 1) throw new Error(`expected one row ${purchaseId}, found ${entries.length}`)
  return entries[0]
}

/** What counts under `hold` now. */
export async function used(store: Store, wanted: Hold): Promise<string> {
  const sums = (await read(store, { holds: [wanted] })).used
  equal(sums.length, 1, 'number of sums')
  return sums[0] as string
}

/** What is noted under `key`. */
export async function noted(store: Store, key: string): Promise<string | null> {
  const { notes } = await read(store, { notes: [key] })
  equal(notes.length, 1, 'number of notes')
  return notes[0] as string | null
}

export const ids = (entries: readonly Entry[]): string[] => entries.map(({ purchaseId }) => purchaseId)

/** Writes a note where there is none. */
export async function hasNoted(store: Store, key: string, value: string): Promise<void> {
  equal(await store.remember({ key, value }), true, `remembering ${key}`)
}

export const setting = (key: string, value: string, was?: string): Note =>
  was === undefined ? { key, value } : { key, was, value }

/** Throws unless both are the same JSON; a member that is undefined is absent. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  const [is, should] = [canonical(actual), canonical(expected)]
  if (is !== should) throw new Error(`${what}: expected ${short(should)}, got ${short(is)}`)
}

/** Throws unless `act` rejects. */
export async function rejects(act: () => unknown, what: string): Promise<void> {
  try {
    await act()
  } catch (thrown) {
    if (thrown instanceof Error && thrown.message !== '') return
    throw new Error(`${what}: expected an Error with a message, got ${String(thrown)}`)
  }
  throw new Error(`${what}: expected a rejection`)
}

function canonical(value: unknown): string {
  if (value === undefined) return 'undefined'
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

const short = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}… (${text.length})` : text)
