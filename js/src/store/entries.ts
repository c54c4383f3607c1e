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

/** Every open row of a store, oldest first, page by page; rows may finish meanwhile. */
export async function* openEntriesOf(store: Store): AsyncGenerator<Entry, void, undefined> {
  let next: Promise<Entry[]> | undefined = store.open()
  while (next) {
    const page: Entry[] = await next
    const after: string | undefined = page.at(-1)?.purchaseId
    // Before this page changes: a row that finished may be forgotten, and then nothing comes after it.
    next = after === undefined ? undefined : store.open(after)
    // Awaited above, if the loop comes that far.
    next?.catch(() => {})
    yield* page
  }
}
