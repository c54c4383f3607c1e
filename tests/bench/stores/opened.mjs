// Every kind of store, opened where it lives. Each gives { run, close }: `run` writes a series and answers its times.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { requireTool } from '../../runtime/harness/installed.mjs'
import { workerModules } from '../../runtime/harness/workerd.mjs'
import { installed } from '../../stores/package-under-test.mjs'
import { newFolder } from '../../stores/servers/place.mjs'
import { farthingEntry, load } from '../places.mjs'
import { prepare, series } from './series.mjs'

const seriesFile = fileURLToPath(new URL('series.mjs', import.meta.url))
const servers = '../../stores/servers'

/** By name as in the table: what opens it. A rejection means that it cannot be measured on this machine. */
export const kinds = {
  memory: async (writes) => {
    const { memoryStore } = await import(farthingEntry)
    return inProcess(memoryStore(), writes)
  },
  'SQLite file': async (writes) => {
    const { sqliteStore } = await load('stores/sqlite')
    const folder = newFolder('sqlite')
    const store = await sqliteStore(join(folder, 'payer.db'))
    return inProcess(store, writes, () => store.close())
  },
  'Durable Object, from its Worker': durableObject,
  'IndexedDB, from a page': indexedDb,
  'Redis, AOF always, ioredis': async (writes) => {
    const { startRedis } = await import(`${servers}/redis.mjs`)
    return onServer('ioredis', startRedis, writes)
  },
  'Postgres, pg pool of 10': async (writes) => {
    const { startPostgres } = await import(`${servers}/postgres.mjs`)
    return onServer('pg', startPostgres, writes)
  },
}

async function inProcess(store, writes, close = async () => {}) {
  await prepare(store, writes)
  return { run: (given) => series(store, writes, given), close }
}

async function onServer(library, start, writes) {
  const { openStore } = await import(`${servers}/clients.mjs`)
  const server = await start()
  const { store, close } = await openStore(load, library, server.url, 'bench')
  return inProcess(store, writes, async () => {
    await close()
    await server.stop()
  })
}

// Timed inside the Worker, between it and its object: the way there from Node is Miniflare's own.
async function durableObject(writes) {
  const { Miniflare } = requireTool('miniflare')
  const worker = `
    import { durableObjectStore } from 'farthing/stores/durable-object'
    import { prepare, series } from ${JSON.stringify(seriesFile)}
    export { FarthingStore } from 'farthing/stores/durable-object'
    export default {
      async fetch(request, env) {
        const { writes, given } = await request.json()
        const store = durableObjectStore(env.STORE, 'payer')
        return Response.json(given ? await series(store, writes, given) : (await prepare(store, writes), {}))
      },
    }`
  const folder = installed()
  const stdin = { contents: worker, resolveDir: folder, sourcefile: 'worker.mjs' }
  const isolate = new Miniflare({
    ...(await workerModules({ stdin, external: ['cloudflare:workers'] }, folder)),
    compatibilityDate: '2026-07-01',
    durableObjects: { STORE: { className: 'FarthingStore', useSQLite: true } },
    durableObjectsPersist: newFolder('objects'),
  })
  const ask = async (given) => {
    const body = JSON.stringify({ writes, given })
    const answer = await isolate.dispatchFetch('http://worker.test/', { method: 'POST', body })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`cannot measure inside workerd: ${text}`)
    return JSON.parse(text)
  }
  await ask()
  return { run: ask, close: () => isolate.dispose() }
}

async function indexedDb(writes) {
  const { startSite } = await import('../../stores/browser/site.mjs')
  const site = await startSite()
  const page = await site.tab()
  await page.waitForFunction(() => 'indexedDbStore' in globalThis)
  const script = readFileSync(seriesFile, 'utf8').replaceAll(/^export /gm, '')
  await page.evaluate(`${script}\nObject.assign(globalThis, { series, prepare })`)
  await page.evaluate(async (writes) => {
    globalThis.writes = writes
    globalThis.store = globalThis.indexedDbStore({ name: 'bench' })
    await globalThis.prepare(globalThis.store, writes)
  }, writes)
  return {
    run: (given) => page.evaluate((given) => globalThis.series(globalThis.store, globalThis.writes, given), given),
    close: () => site.stop(),
  }
}
