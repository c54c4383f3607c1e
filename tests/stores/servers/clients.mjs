// Opens stores with every client library that the package says it works with.
import { Redis } from 'ioredis'
import pg from 'pg'
import { createClient } from 'redis'

/** Counts up, so that no two tests of a process share keys or tables. */
let places = 0
export const newPlace = () => `test_${process.pid}_${(places += 1)}`

const closers = new Set()

/** Closes what a failed test left open, which would keep the process alive. */
export const closeAll = () => Promise.all([...closers].map((close) => close()))

/** A `close` that runs once, and at the latest in `closeAll`. */
function closing(act) {
  const close = async () => {
    if (closers.delete(close)) await act()
  }
  closers.add(close)
  return close
}

/** By library: connects, and gives { client, close }. Clients are as their users get them by default. */
export const libraries = {
  async ioredis(url, options = {}) {
    const client = new Redis(url, { lazyConnect: true, ...options })
    // Without a listener a lost connection would be printed; every call that it hurts rejects on its own.
    client.on('error', () => undefined)
    await client.connect()
    return { client, close: closing(() => client.disconnect()) }
  },
  async redis(url, options = {}) {
    const client = createClient({ url, ...options })
    client.on('error', () => undefined)
    await client.connect()
    return { client, close: closing(() => client.destroy()) }
  },
  async pg(url, options = {}) {
    const client = new pg.Pool({ connectionString: url, max: 10, ...options })
    client.on('error', () => undefined)
    return { client, close: closing(() => client.end()) }
  },
}

/** Opens `place` of a server; `load` gives the package. Answers { store, client, close }. */
export async function openStore(load, library, url, place, options) {
  const { client, close } = await libraries[library](url, options)
  try {
    return { store: await storeOf(load, library, client, place), client, close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

async function storeOf(load, library, client, place) {
  if (library !== 'pg') return (await load('stores/redis')).redisStore(client, { prefix: place })
  const { migratePostgres, postgresStore } = await load('stores/postgres')
  await migratePostgres(client, { schema: place })
  return postgresStore(client, { schema: place })
}
