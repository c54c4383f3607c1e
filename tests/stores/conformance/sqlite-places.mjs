// Files for the SQLite store under the conformance suite; also imported in Bun and Deno.

/** `makeStore` and `options` for `storeConformance`. `openRaw` opens a file without the store. */
export function sqlitePlaces(sqliteStore, folder, openRaw) {
  const paths = new Map()
  let files = 0
  async function openAt(path) {
    const store = await sqliteStore(path)
    paths.set(store, path)
    return store
  }
  return {
    makeStore: () => openAt(`${folder}/suite-${(files += 1)}.db`),
    options: {
      reopen: (store) => openAt(paths.get(store)),
      makeNewer(store) {
        const database = openRaw(paths.get(store))
        database.exec('UPDATE farthing_schema SET version = version + 1')
        database.close()
      },
      close: (store) => store.close(),
    },
  }
}
