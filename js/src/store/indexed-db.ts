import type { Entry, Hold, Note } from '../generated/wire.js'
import { agrees, countIn, follows, isGivenBack, isOpen, type Placed, placeHolds, type Sums } from './buckets.js'
import { database, result } from './indexed-db/database.js'
import type { Query, Reservation, Store, View } from './store.js'

/** Options for {@link indexedDbStore}. */
export type IndexedDbStoreOptions = {
  /** Name of the database. Default `farthing`. Stores of one origin with one name share purchases and budgets. */
  name?: string | undefined
  /** Stops waiting for the database after this many milliseconds, as when another tab blocks it. Default 10 000. */
  openTimeoutMs?: number | undefined
}

/** A {@link Store} in the browser that uses it. */
export type IndexedDbStore = Store & {
  readonly durability: 'durable'
  /**
   * Whether the browser promised to keep this site's storage until a person deletes it. Asks for that promise, once;
   * a worker cannot ask and learns what a page got.
   */
  persisted(): Promise<boolean>
}

/** `place` is the order of first writes; `open` repeats it while the row is open. */
type Row = { place: number; open?: number; entry: Entry; holds: StoredHold[] }
type StoredHold = Omit<Placed, 'amount'> & { amount: string }
/** Bucket and sum. */
type StoredSums = [number, string][]

/**
 * A store in IndexedDB, for pages, web workers and service workers, shared by all tabs of an origin.
 *
 * Durable: a write that resolves was flushed to disk (Firefox before 126: handed to the system) and outlives the tab
 * and the browser. What no page can prevent is the deletion of all of its storage at once, by a person, by a private
 * window that closes, or by a browser short of room or long without a visit (unless `persisted`): then budgets start
 * again at zero and an unknown outcome is forgotten.
 */
export function indexedDbStore(options: IndexedDbStoreOptions = {}): IndexedDbStore {
  const { name = 'farthing', openTimeoutMs = 10_000 } = options
  const { read, write } = database(name, openTimeoutMs)
  const { locks, storage }: { locks?: LockManager; storage?: StorageManager } = globalThis.navigator ?? {}
  let asked: Promise<boolean> | undefined

  /** Asks the browser to keep what is stored. Only pages have `persist`. */
  function ask(): Promise<boolean> {
    const { persist }: { persist?: StorageManager['persist'] } = storage ?? {}
    asked ??= isPromised(() => persist?.call(storage))
    return asked
  }

  const page = (index: 'place' | 'open', after: string | undefined, limit: number): Promise<Entry[]> =>
    read(['rows'], async (store) => {
      const last: Row | undefined = after === undefined ? undefined : await result(store('rows').get(after))
      if (after !== undefined && !last) throw new Error('cannot list purchases after one that is not kept')
      // To `getAll`, 0 means all.
      if (limit < 1) return []
      const range = last ? IDBKeyRange.lowerBound(last.place, true) : null
      const rows: Row[] = await result(store('rows').index(index).getAll(range, limit))
      return rows.map(({ entry }) => entry)
    })

  return {
    durability: 'durable',

    reserve({ from, entry, holds, notes }) {
      void ask()
      return write(['rows', 'budgets', 'notes'], async (store): Promise<Reservation> => {
        const [present, last, noted, sums] = await Promise.all([
          result<Row | undefined>(store('rows').get(entry.purchaseId)),
          result(store('rows').index('place').openKeyCursor(null, 'prev')),
          notesOf(
            store('notes'),
            notes.map(({ key }) => key),
          ),
          sumsOf(store('budgets'), holds),
        ])
        if (!follows(entry, present?.entry, from)) return { kind: 'exists' }
        const changed = notes.find((note, at) => !agrees(note, noted[at]))
        if (changed) return { kind: 'changed', key: changed.key }
        const placement = placeHolds(holds, (key) => sums.get(key))
        if (placement.kind === 'exceeds') return placement
        for (const [key, after] of placement.sums) putSums(store('budgets'), key, after)
        for (const note of notes) setNote(store('notes'), note)
        const place = present?.place ?? 1 + Number(last?.key ?? 0)
        const placed = placement.placed.map((hold) => ({ ...hold, amount: String(hold.amount) }))
        await putRow(store, place, entry, [...(present?.holds ?? []), ...placed])
        return { kind: 'held' }
      })
    },

    advance: (from, entry) =>
      write(['rows', 'budgets'], async (store) => {
        const present: Row | undefined = await result(store('rows').get(entry.purchaseId))
        if (!present || !follows(entry, present.entry, from)) return false
        await putRow(store, present.place, entry, present.holds)
        return true
      }),

    read: (query) =>
      read(['rows', 'budgets', 'notes'], async (store): Promise<View> => {
        const [entries, notes, sums] = await Promise.all([
          found(store('rows'), query),
          notesOf(store('notes'), query.notes),
          sumsOf(store('budgets'), query.holds),
        ])
        const used = query.holds.map((hold) => String(countIn(sums.get(hold.key) ?? new Map(), hold).used))
        return { entries, notes: notes.map((value) => value ?? null), used }
      }),

    remember: (note) =>
      write(['notes'], async (store) => {
        const [present] = await notesOf(store('notes'), [note.key])
        if (present !== note.was) return false
        setNote(store('notes'), note)
        return true
      }),

    open: (after, limit = 1000) => page('open', after, limit),
    list: (after, limit = 1000) => page('place', after, limit),

    // The browser releases the lock of a tab that dies. Pages without TLS have no locks.
    ...(locks && {
      exclusive: async <T>(purchaseId: string, act: () => Promise<T>): Promise<T> =>
        locks.request(`farthing/${name}/${purchaseId}`, act),
    }),

    async persisted() {
      return (await ask()) || isPromised(() => storage?.persisted())
    },
  }
}

/** A browser that cannot be asked, as in a frame without an origin, has promised nothing. */
async function isPromised(answer: () => Promise<boolean> | undefined): Promise<boolean> {
  try {
    return (await answer()) ?? false
  } catch {
    return false
  }
}

/** Writes a row, and gives back of `holds` what its state gives back. */
async function putRow(
  store: (name: 'rows' | 'budgets') => IDBObjectStore,
  place: number,
  entry: Entry,
  holds: readonly StoredHold[],
): Promise<void> {
  const given = holds.filter(({ until }) => isGivenBack(entry.state, until))
  if (given.length > 0) {
    const sums = await sumsOf(store('budgets'), given)
    for (const { key, bucket, amount } of given) {
      const sum = sums.get(key)?.get(bucket)
      // A bucket that has left the span is gone, and what it held with it.
      if (sum !== undefined) sums.get(key)?.set(bucket, sum - BigInt(amount))
    }
    for (const [key, after] of sums) putSums(store('budgets'), key, after)
  }
  const kept = holds.filter((hold) => !given.includes(hold))
  const row: Row = { place, entry, holds: kept, ...(isOpen(entry.state) && { open: place }) }
  store('rows').put(row)
}

async function found(rows: IDBObjectStore, { purchaseId, request }: Query): Promise<Entry[]> {
  if (purchaseId !== undefined) {
    const row = await result<Row | undefined>(rows.get(purchaseId))
    return row ? [row.entry] : []
  }
  if (request === undefined) return []
  const cursor = rows.index('request').openCursor(IDBKeyRange.bound([request], [request, []]), 'prev')
  return new Promise((resolve, reject) => {
    const entries: Entry[] = []
    cursor.onerror = () => reject(cursor.error)
    cursor.onsuccess = () => {
      const at = cursor.result
      if (at) entries.push((at.value as Row).entry)
      if (at && entries.length < 64) at.continue()
      else resolve(entries)
    }
  })
}

const notesOf = (notes: IDBObjectStore, keys: readonly string[]): Promise<(string | undefined)[]> =>
  Promise.all(keys.map((key) => result<string | undefined>(notes.get(key))))

function setNote(notes: IDBObjectStore, { key, value }: Note): void {
  if (value !== undefined) notes.put(value, key)
}

async function sumsOf(budgets: IDBObjectStore, holds: readonly Pick<Hold, 'key'>[]): Promise<Map<string, Sums>> {
  const keys = [...new Set(holds.map(({ key }) => key))]
  const all = await Promise.all(keys.map((key) => result<StoredSums | undefined>(budgets.get(key))))
  return new Map(keys.map((key, at) => [key, new Map(all[at]?.map(([bucket, sum]) => [bucket, BigInt(sum)]))]))
}

function putSums(budgets: IDBObjectStore, key: string, sums: Sums): void {
  budgets.put(
    [...sums].map(([bucket, sum]): [number, string] => [bucket, String(sum)]),
    key,
  )
}
