import type { Entry, Note } from '../generated/wire.js'
import { agrees, countIn, follows, isGivenBack, isOpen, type Placed, placeHolds, type Sums } from './buckets.js'
import type { Intent, Query, Reservation, Store, View } from './store.js'

/** A purchase with its place in the order of first writes and what it holds. */
type Row = { place: number; entry: Entry; holds: Placed[] }

/** Options for {@link memoryStore}. */
export type MemoryStoreOptions = {
  /**
   * Most purchases kept, and most budgets, and most notes. Default 10 000 of each. Past it the purchase that finished
   * longest ago is forgotten. An open purchase, a budget or a note is never forgotten: one too many is an error.
   */
  maxEntries?: number | undefined
}

/**
 * A store that lives and dies with this process. Budgets start again at zero after a restart, and an unknown
 * outcome is forgotten: for tests, and for payments small enough not to mind.
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store & { durability: 'ephemeral' } {
  const most = options.maxEntries ?? 10_000
  const rows = new Map<string, Row>()
  const budgets = new Map<string, Sums>()
  const notes = new Map<string, string>()
  // Indexes, so that nothing below walks the finished rows.
  const opened = new Map<string, Row>()
  const finished = new Set<string>()
  const byRequest = new Map<string, Set<Row>>()
  let places = 0

  function reserve({ from, entry, holds, notes: wanted }: Intent): Reservation {
    const present = rows.get(entry.purchaseId)
    if (!follows(entry, present?.entry, from)) return { kind: 'exists' }
    const changed = wanted.find((note) => !agrees(note, notes.get(note.key)))
    if (changed) return { kind: 'changed', key: changed.key }
    const placement = placeHolds(holds, (key) => budgets.get(key))
    if (placement.kind === 'exceeds') return placement
    // All that can fail is above and here; the writes below cannot.
    checkRoom('budget', budgets, placement.sums.keys())
    checkRoom('note', notes, keysSet(wanted))
    if (!present) makeRoom()
    for (const [key, sums] of placement.sums) budgets.set(key, sums)
    setNotes(wanted)
    write(present ?? { place: (places += 1), entry, holds: [] }, entry, placement.placed)
    return { kind: 'held' }
  }

  function write(row: Row, entry: Entry, placed: readonly Placed[]): void {
    unlist(row)
    row.entry = { ...entry }
    row.holds = [...row.holds, ...placed].filter((hold) => {
      if (!isGivenBack(entry.state, hold.until)) return true
      const sums = budgets.get(hold.key)
      const sum = sums?.get(hold.bucket)
      // A bucket that has left the span is gone, and what it held with it.
      if (sum !== undefined) sums?.set(hold.bucket, sum - hold.amount)
      return false
    })
    list(row)
  }

  function list(row: Row): void {
    const { purchaseId, request, state } = row.entry
    rows.set(purchaseId, row)
    if (!isOpen(state)) {
      finished.add(purchaseId)
      return
    }
    opened.set(purchaseId, row)
    if (request === undefined) return
    const alike = byRequest.get(request)
    if (alike) alike.add(row)
    else byRequest.set(request, new Set([row]))
  }

  function unlist(row: Row): void {
    const { purchaseId, request } = row.entry
    finished.delete(purchaseId)
    opened.delete(purchaseId)
    if (request === undefined) return
    const alike = byRequest.get(request)
    alike?.delete(row)
    if (alike?.size === 0) byRequest.delete(request)
  }

  /** Forgets the purchase that finished longest ago when there is no room for one more. */
  function makeRoom(): void {
    if (rows.size < most) return
    const [oldest] = finished
    if (oldest === undefined) throw new Error(`cannot keep another purchase: ${most} are open`)
    finished.delete(oldest)
    rows.delete(oldest)
  }

  function checkRoom(what: string, kept: ReadonlyMap<string, unknown>, keys: Iterable<string>): void {
    const added = new Set([...keys].filter((key) => !kept.has(key)))
    if (added.size > 0 && kept.size + added.size > most)
      throw new Error(`cannot keep another ${what}: ${kept.size} are kept`)
  }

  function setNotes(wanted: readonly Note[]): void {
    for (const { key, value } of wanted) if (value !== undefined) notes.set(key, value)
  }

  function page(of: Iterable<Row>, after: string | undefined, limit: number): Entry[] {
    const last = after === undefined ? 0 : rows.get(after)?.place
    if (last === undefined) throw new Error('cannot list purchases after one that is not kept')
    const later = [...of].filter(({ place }) => place > last).sort((a, b) => a.place - b.place)
    return later.slice(0, limit).map(({ entry }) => ({ ...entry }))
  }

  function found({ purchaseId, request }: Query): Entry[] {
    if (purchaseId !== undefined) {
      const row = rows.get(purchaseId)
      return row ? [{ ...row.entry }] : []
    }
    const alike = request === undefined ? [] : [...(byRequest.get(request) ?? [])]
    const newest = alike.sort((a, b) => b.place - a.place).slice(0, 64)
    return newest.map(({ entry }) => ({ ...entry }))
  }

  return {
    durability: 'ephemeral',
    async reserve(intent): Promise<Reservation> {
      return reserve(intent)
    },
    async advance(from, entry): Promise<boolean> {
      const row = rows.get(entry.purchaseId)
      if (!row || !follows(entry, row.entry, from)) return false
      write(row, entry, [])
      return true
    },
    async read(query): Promise<View> {
      return {
        entries: found(query),
        notes: query.notes.map((key) => notes.get(key) ?? null),
        used: query.holds.map((hold) => String(countIn(budgets.get(hold.key) ?? new Map(), hold).used)),
      }
    },
    async remember(note): Promise<boolean> {
      if (notes.get(note.key) !== note.was) return false
      checkRoom('note', notes, keysSet([note]))
      setNotes([note])
      return true
    },
    async open(after, limit = 1000) {
      return page(opened.values(), after, limit)
    },
    async list(after, limit = 1000) {
      return page(rows.values(), after, limit)
    },
  }
}

const keysSet = (wanted: readonly Note[]): string[] =>
  wanted.flatMap(({ key, value }) => (value === undefined ? [] : [key]))
