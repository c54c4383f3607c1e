// Stores: each keeps its contract where the platform has what it needs, and elsewhere says what is missing.
import { buyer, equal, failure, policyFor, same, shop, SHOP } from './tools.mjs'

export const memory = async (farthing, env, parts) => {
  const { storeConformance } = await parts.conformance()
  return sentences(storeConformance(() => farthing.memoryStore()))
}

export const sqlite = async (farthing, env, parts) => {
  const { sqliteStore } = await parts.sqlite()
  if (!env.able.includes('sqlite')) {
    return {
      'an SQLite store is refused where there is no SQLite, and the error says so': () =>
        refused(() => sqliteStore('farthing.db'), /^cannot open an SQLite store: .*sqlite is missing/),
    }
  }
  const open = () => sqliteStore(`${env.folder}/kept.db`)
  return { 'a purchase and its budget outlive an SQLite store': () => outlives(farthing, env, open) }
}

export const indexedDb = async (farthing, env, parts) => {
  const { indexedDbStore } = await parts.indexedDb()
  if (!env.able.includes('indexedDb')) {
    return {
      'an IndexedDB store is refused where there is no IndexedDB, and the error says so': () =>
        refused(() => indexedDbStore().list(), /IndexedDB/),
    }
  }
  const { storeConformance } = await parts.conformance()
  const names = new Map()
  const open = (name) => {
    const store = indexedDbStore({ name })
    names.set(store, name)
    return store
  }
  const options = {
    reopen: (store) => open(names.get(store)),
    makeNewer: (store) =>
      new Promise((resolve, reject) => {
        const request = indexedDB.open(names.get(store), 2)
        request.onerror = () => reject(request.error)
        request.onsuccess = () => resolve(request.result.close())
      }),
  }
  return {
    ...sentences(storeConformance(() => open(crypto.randomUUID()), options)),
    'a purchase and its budget outlive an IndexedDB store': () => outlives(farthing, env, () => open('kept')),
  }
}

export const durableObject = async (farthing, env, parts) => {
  if (!env.able.includes('durableObject')) {
    return {
      'the Durable Object store cannot be imported outside of Workers': () => refused(parts.durableObject, /./),
    }
  }
  const { durableObjectStore } = await parts.durableObject()
  const open = () => durableObjectStore(env.bindings.STORE, 'kept')
  return { 'a purchase and its budget outlive a Durable Object store': () => outlives(farthing, env, open) }
}

const sentences = (tests) => Object.fromEntries(tests.map(({ name, run }) => [name, run]))

async function refused(act, words) {
  const thrown = await Promise.resolve()
    .then(act)
    .catch((error) => error)
  if (!(thrown instanceof Error)) throw new Error(`nobody refused: ${thrown}`)
  equal(words.test(thrown.message), true, `the message says why: ${thrown.message}`)
}

/** Pays with one store, and finds purchase and spent budget in the next one of the same place. */
async function outlives(farthing, env, open) {
  const paid = `${SHOP}/paid`
  const policy = policyFor(env, { budgets: [{ limit: '0.01 USD', every: 'day' }], sellers: [SHOP] })
  await using(open, async (store) => {
    const { pay } = await buyer(farthing, env, { policy, store }, shop(env))
    equal((await pay(paid, { purchaseId: 'kept' })).status, 200, 'status')
  })
  await using(open, async (store) => {
    const { pay } = await buyer(farthing, env, { policy, store }, shop(env))
    same(
      (await pay.records()).map(({ purchaseId, state }) => [purchaseId, state]),
      [['kept', 'settled']],
      'records',
    )
    await failure(farthing, pay(`${paid}?next`), 'budget/exceeded')
  })
}

/** Closes the store, whatever happens. */
async function using(open, act) {
  const store = await open()
  try {
    await act(store)
  } finally {
    await store.close?.()
  }
}
