import type { Entry, Hold, State } from '../generated/wire.js'
import type { Reservation, Store } from './store.js'

const OPEN: readonly State[] = ['reserved', 'signed', 'unknown']
const RELEASED: readonly State[] = ['refused', 'dead']

type Held = { purchaseId: string; amount: bigint; atS: number }

/**
 * A store that lives and dies with this process. Budgets start again at zero after a restart, and an unknown
 * outcome is forgotten: for tests, and for payments small enough not to mind.
 */
export function memoryStore(options: { maxEntries?: number | undefined } = {}): Store & { durability: 'ephemeral' } {
  const maxEntries = options.maxEntries ?? 10_000
  const entries = new Map<string, Entry>()
  const holds = new Map<string, Held[]>()

  /** Sum under a key, after forgetting what left the window. */
  function sumOf(hold: Hold, nowS: number): bigint {
    const all = holds.get(hold.key) ?? []
    const { windowS } = hold
    const inside = windowS === undefined ? all : all.filter(({ atS }) => atS > nowS - windowS)
    holds.set(hold.key, inside)
    return inside.reduce((sum, { amount }) => sum + amount, 0n)
  }

  function release(purchaseId: string): void {
    for (const [key, all] of holds) {
      holds.set(
        key,
        all.filter((held) => held.purchaseId !== purchaseId),
      )
    }
  }

  /** Makes room by forgetting the oldest finished purchase; open ones are never forgotten. */
  function makeRoom(): void {
    if (entries.size < maxEntries) return
    for (const [id, { state }] of entries) {
      if (OPEN.includes(state)) continue
      entries.delete(id)
      return
    }
    throw new Error(`cannot keep another purchase: ${maxEntries} are open`)
  }

  return {
    durability: 'ephemeral',
    async reserve(entry, wanted, nowS): Promise<Reservation> {
      if (entries.has(entry.purchaseId)) return { kind: 'exists' }
      const full = wanted.find((hold) => sumOf(hold, nowS) + BigInt(hold.amount) > BigInt(hold.limit))
      if (full) return { kind: 'exceeds', key: full.key }
      makeRoom()
      for (const { key, amount } of wanted) {
        holds.get(key)?.push({ purchaseId: entry.purchaseId, amount: BigInt(amount), atS: nowS })
      }
      entries.set(entry.purchaseId, entry)
      return { kind: 'held' }
    },
    async advance(from, entry): Promise<boolean> {
      if (entries.get(entry.purchaseId)?.state !== from) return false
      entries.set(entry.purchaseId, entry)
      if (RELEASED.includes(entry.state)) release(entry.purchaseId)
      return true
    },
    async get(purchaseId) {
      return entries.get(purchaseId)
    },
    async open() {
      return [...entries.values()].filter(({ state }) => OPEN.includes(state))
    },
    async list() {
      return [...entries.values()]
    },
  }
}
