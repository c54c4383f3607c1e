import type { ReconcileReport, ReconcileStep } from '../generated/owner.js'
import type { Entry } from '../generated/wire.js'
import type { PinnedAsset } from '../policy.js'
import { now } from '../purchase/context.js'
import { openEntriesOf } from '../store/entries.js'
import type { Store } from '../store/store.js'
import { using } from '../instance.js'
import { ask, loadOwner, optionsOf, type Owner } from './load.js'
import { type Answered, askNode, type RpcNode } from './node.js'

/** Options for {@link reconcile}. */
export type ReconcileOptions = {
  /**
   * Who answers for a network (CAIP-2, `eip155:8453`). What this node says of a finalized block is believed: name one of
   * your own, or of somebody you trust. Nothing is determined on a network without one.
   */
  rpc: (network: string) => RpcNode | undefined | Promise<RpcNode | undefined>
  /** Tokens of your own, as for `wrapFetch`. */
  assets?: readonly PinnedAsset[] | undefined
  /** Asks URLs. Default: the platform's. */
  fetch?: typeof globalThis.fetch | undefined
  /** Purchases looked into at once. Default 4. */
  atOnce?: number | undefined
  /** Stops waiting for one answer of a node. Default 10 000. */
  timeoutMs?: number | undefined
}

/** What was found out about one purchase. */
export type Reconciled = Omit<ReconcileReport, 'write'> & {
  /** Whether the store changed by it; another process may have been first. */
  changed: boolean
}

/**
 * Looks into every purchase in doubt (`reserved`, `signed`, `unknown`) and moves it on by proof: the authorisation was
 * used, or can never be used. What cannot be proven stays as it is and counts as spent. It may run at any time, anywhere,
 * and in many processes at once.
 *
 * Rejects when the store does; calling again is safe.
 */
export async function reconcile(store: Store, options: ReconcileOptions): Promise<Reconciled[]> {
  const owner = await loadOwner()
  const { fetch = globalThis.fetch, timeoutMs = 10_000, atOnce = 4 } = options
  const compiled = optionsOf({ assets: options.assets })
  const asking = { fetch: (input: RequestInfo | URL, init?: RequestInit) => fetch(input, init), timeoutMs }
  const answer = async (step: ReconcileStep & { do: 'call' }): Promise<Answered> => {
    const node = await options.rpc(step.network)
    return node === undefined ? { status: 0, body: new Uint8Array() } : askNode(node, step.method, step.params, asking)
  }
  const found: Reconciled[] = []
  await each(doubtful(store), Math.max(1, Math.floor(atOnce)), async (entry) => {
    const { write, ...report } = await lookInto(owner, compiled, entry, answer)
    const changed = write?.from !== undefined && (await store.advance(write.from, write.entry))
    found.push({ ...report, changed })
  })
  return found
}

function lookInto(
  owner: Owner,
  compiled: Uint8Array,
  { purchaseId, record, sealed }: Entry,
  answer: (step: ReconcileStep & { do: 'call' }) => Promise<Answered>,
): Promise<ReconcileReport> {
  const machine = ask(() => new owner.Reconciliation(compiled, record, sealed, now()))
  return using(machine, async () => {
    let step = JSON.parse(ask(() => machine.first())) as ReconcileStep
    while (step.do === 'call') {
      const { status, body } = await answer(step)
      step = JSON.parse(ask(() => machine.onAnswer(status, body, now()))) as ReconcileStep
    }
    // A row that cannot be read has its id from the store.
    return { ...step.report, purchaseId }
  })
}

async function* doubtful(store: Store): AsyncGenerator<Entry, void, undefined> {
  for await (const entry of openEntriesOf(store)) {
    if (entry.state !== 'asked' && entry.state !== 'approved') yield entry
  }
}

/** Does `act` with every item, a few at once. Ends when all that began has ended; rejects with the first failure. */
async function each<T>(items: AsyncGenerator<T>, atOnce: number, act: (item: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = []
  const work = async () => {
    try {
      while (failures.length === 0) {
        const { value, done } = await items.next()
        if (done) return
        await act(value as T)
      }
    } catch (thrown) {
      failures.push(thrown)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  if (failures.length > 0) throw failures[0]
}
