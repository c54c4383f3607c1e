import { PaymentError } from '../errors.js'
import type { Readiness } from '../generated/account.js'
import { load } from '../load.js'
import { guarded } from '../instance.js'
import { isStopped } from '../owner/stop.js'
import type { Policy } from '../policy.js'
import { memoryStore } from '../store/memory.js'
import type { Store } from '../store/store.js'
import { walletOf } from '../wallet/foreign.js'
import { type AccountOptions, opened } from './open.js'

/** Options of {@link readiness}: those of the account, and what a payer would be given. */
export type ReadinessOptions = AccountOptions & {
  /** As for `wrapFetch`. */
  policy?: Policy | undefined
  /** As for `wrapFetch`. */
  store?: Store | undefined
}

/**
 * Looks at the six things a payer needs: wallet, collateral, client, policy, gas, records. Each is green, or says exactly
 * what to do; `words` is all of it for a person. Signs at most a login, and only with a local key.
 *
 * Errors: {@link PaymentError} for a wallet or options that make no sense. Everything else is an answer.
 */
export async function readiness(options: ReadinessOptions): Promise<Readiness> {
  const wallet = walletOf(options.wallet)
  if (!wallet) throw new PaymentError('misuse/options', { facts: 'wallet' })
  const { order } = await opened(options)
  const store = options.store ?? memoryStore()
  const local = wallet.kind === 'local'
  const known = {
    wallet: { local, sends: !local && wallet.send !== undefined },
    policy: await policyFacts(options, store),
    store: await storeFacts(store),
  }
  return order<Readiness>('look whether everything is ready', { do: 'readiness', known })
}

async function policyFacts({ policy, cores, assets }: ReadinessOptions, store: Store): Promise<object> {
  const payer = await load()
  const options = new TextEncoder().encode(JSON.stringify({ policy, cores, assets, store: store.durability }))
  try {
    const compiled = guarded(() => new payer.Payer(options))
    const { schemes, networks, perRequest } = JSON.parse(compiled.policy) as Record<string, unknown>
    compiled.free()
    return { schemes, networks, perRequest, stopped: await stopped(store) }
  } catch (thrown) {
    if (thrown instanceof PaymentError && thrown.code === 'misuse/policy') return { field: thrown.facts }
    throw thrown
  }
}

async function stopped(store: Store): Promise<boolean> {
  const view = await store.read({ notes: ['stop'], holds: [] }).catch(() => undefined)
  return isStopped(view?.notes[0] ?? undefined)
}

// Read, because a write would leave something behind.
async function storeFacts(store: Store): Promise<object> {
  const durable = store.durability === 'durable'
  try {
    await store.read({ notes: ['stop'], holds: [] })
    return { durable }
  } catch (thrown) {
    return { durable, problem: thrown instanceof Error ? thrown.message : 'it cannot be read' }
  }
}
