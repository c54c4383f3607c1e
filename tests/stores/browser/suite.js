// The conformance suite over this store, in whatever global scope imports it.
import { storeConformance } from '/farthing/store-conformance.js'
import { indexedDbStore } from '/farthing/stores/indexed-db.js'

const names = new Map()

function storeOf(name) {
  const store = indexedDbStore({ name })
  names.set(store, name)
  return store
}

const tests = storeConformance(() => storeOf(`conformance-${crypto.randomUUID()}`), {
  reopen: (store) => storeOf(names.get(store)),
  makeNewer: (store) =>
    new Promise((resolve, reject) => {
      const request = indexedDB.open(names.get(store), 2)
      request.onerror = () => reject(request.error)
      request.onsuccess = () => resolve(request.result.close())
    }),
})

/** One result for every test: its name, and the error if there was one. */
export async function run() {
  const results = []
  for (const { name, run } of tests) {
    const error = await run().then(
      () => undefined,
      (thrown) => String(thrown?.stack ?? thrown),
    )
    results.push({ name, error })
  }
  return { scope: globalThis.constructor.name, results }
}
