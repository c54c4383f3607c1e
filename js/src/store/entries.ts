import type { Entry, Store } from './store.js'

/** Every row of a store, oldest first, page by page. */
export async function* entriesOf(store: Store): AsyncGenerator<Entry, void, undefined> {
  for (let after: string | undefined; ;) {
    const page = await store.list(after)
    yield* page
    after = page.at(-1)?.purchaseId
    if (after === undefined) return
  }
}
