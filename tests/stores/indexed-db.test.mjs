// farthing/stores/indexed-db in Chromium: the conformance suite where browsers run code, and how the store uses the
// platform. Tabs against each other: browser/tabs.test.mjs. What goes wrong: browser/failures.test.mjs.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startSite } from './browser/site.mjs'

let site
before(async () => (site = await startSite()))
after(() => site?.stop())

const places = {
  'a page': { scope: 'Window', run: async () => (await import('/suite.js')).run() },
  'a web worker': {
    scope: 'DedicatedWorkerGlobalScope',
    run: () =>
      new Promise((resolve, reject) => {
        const worker = new Worker('/worker.js', { type: 'module' })
        worker.onmessage = ({ data }) => resolve(data)
        worker.onerror = ({ message }) => reject(new Error(`cannot run the worker: ${message}`))
      }),
  },
  'a service worker': {
    scope: 'ServiceWorkerGlobalScope',
    run: async () => {
      await navigator.serviceWorker.register('/service-worker.js', { type: 'module' })
      const { active } = await navigator.serviceWorker.ready
      const { port1, port2 } = new MessageChannel()
      const answer = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)))
      active.postMessage('run', [port2])
      return answer
    },
  },
}

for (const [place, { scope, run }] of Object.entries(places)) {
  test(`the store keeps its contract in ${place}`, async (context) => {
    const page = await site.tab()
    const outcome = await page.evaluate(run)
    assert.equal(outcome.scope, scope)
    assert.ok(outcome.results.length > 40, `only ${outcome.results.length} checks ran`)
    for (const { name, error } of outcome.results) await context.test(name, () => assert.equal(error, undefined))
    await page.close()
  })
}

test('every operation is one transaction, and every write waits for the disk', async () => {
  const page = await site.tab()
  const seen = await page.evaluate(async () => {
    const store = indexedDbStore({ name: 'transactions' })
    await store.read({ notes: [], holds: [] })
    const transactions = []
    const { transaction } = IDBDatabase.prototype
    IDBDatabase.prototype.transaction = function (...given) {
      const started = transaction.apply(this, given)
      transactions.push(started.mode === 'readonly' ? 'read' : `write ${started.durability}`)
      return started
    }
    const all = {}
    const note = async (name, act) => {
      await act()
      all[name] = transactions.splice(0)
    }
    await note('reserve', () => store.reserve(intent('a')))
    await note('advance', () => store.advance('reserved', row('a', 'refused', { step: 2 })))
    await note('read', () => store.read({ purchaseId: 'a', notes: ['n'], holds: intent('a').holds }))
    await note('remember', () => store.remember({ key: 'n', value: 'v' }))
    await note('open', () => store.open())
    await note('list', () => store.list('a', 5))
    IDBDatabase.prototype.transaction = transaction
    return all
  })
  const [write, read] = [['write strict'], ['read']]
  assert.deepEqual(seen, { reserve: write, advance: write, read, remember: write, open: read, list: read })
  await page.close()
})

test('a write resolves after its transaction is complete, not before', async () => {
  const page = await site.tab()
  const order = await page.evaluate(async () => {
    const store = indexedDbStore({ name: 'completes' })
    await store.read({ notes: [], holds: [] })
    const seen = []
    const { transaction } = IDBDatabase.prototype
    IDBDatabase.prototype.transaction = function (...given) {
      const started = transaction.apply(this, given)
      started.addEventListener('complete', () => seen.push('complete'))
      return started
    }
    await store.reserve(intent('a')).then(() => seen.push('reserved'))
    await store.advance('reserved', row('a', 'signed', { step: 2 })).then(() => seen.push('advanced'))
    await store.remember({ key: 'n', value: 'v' }).then(() => seen.push('remembered'))
    IDBDatabase.prototype.transaction = transaction
    return seen
  })
  assert.deepEqual(order, ['complete', 'reserved', 'complete', 'advanced', 'complete', 'remembered'])
  await page.close()
})

test('5 000 finished purchases are not touched by what looks for open ones', async () => {
  const page = await site.tab()
  const { touched, found } = await page.evaluate(async () => {
    const store = indexedDbStore({ name: 'history' })
    await store.reserve(intent('first'))
    const history = await openRaw('history')
    const transaction = history.transaction('rows', 'readwrite')
    const rows = transaction.objectStore('rows')
    for (let place = 2; place < 5_002; place++) {
      const entry = { ...row(`old-${place}`, 'settled'), request: 'same' }
      rows.put({ place, entry, holds: [] })
    }
    await new Promise((resolve) => (transaction.oncomplete = resolve))
    history.close()
    const request = (id) => ({ ...intent(id), entry: { ...row(id, 'reserved'), request: 'same' } })
    for (const id of ['x', 'y']) await store.reserve(request(id))

    let touched = 0
    const count = ({ result }) => (touched += Array.isArray(result) ? result.length : result ? 1 : 0)
    for (const kind of [IDBObjectStore, IDBIndex]) {
      for (const method of ['get', 'getKey', 'getAll', 'getAllKeys', 'count', 'openCursor', 'openKeyCursor']) {
        const original = kind.prototype[method]
        kind.prototype[method] = function (...given) {
          const started = original.apply(this, given)
          started.addEventListener('success', () => count(started))
          return started
        }
      }
    }
    const note = async (act) => {
      touched = 0
      const answer = await act()
      return [touched, answer]
    }
    const ids = (entries) => entries.map(({ purchaseId }) => purchaseId)
    const all = {
      alike: await note(async () => ids((await store.read({ request: 'same', notes: [], holds: [] })).entries)),
      open: await note(async () => ids(await store.open())),
      later: await note(async () => ids(await store.open('first'))),
      page: await note(async () => ids(await store.list('old-4999', 2))),
      nothing: await note(async () => ids(await store.list('old-4999', 0))),
      reserved: await note(() => store.reserve(intent('z'))),
      advanced: await note(() => store.advance('reserved', row('z', 'refused', { step: 2 }))),
    }
    const pick = (at) => Object.fromEntries(Object.entries(all).map(([name, pair]) => [name, pair[at]]))
    return { touched: pick(0), found: pick(1) }
  })
  assert.deepEqual(found, {
    alike: ['y', 'x'],
    open: ['first', 'x', 'y'],
    later: ['x', 'y'],
    page: ['old-5000', 'old-5001'],
    nothing: [],
    reserved: { kind: 'held' },
    advanced: true,
  })
  for (const [name, count] of Object.entries(touched)) {
    assert.ok(count > 0 && count <= 4, `${name} touched ${count} records`)
  }
  await page.close()
})

test('the promise to keep storage is asked for once, by the first reservation, and its absence is visible', async () => {
  const page = await site.tab()
  const seen = await page.evaluate(async () => {
    let asked = 0
    const { persist } = StorageManager.prototype
    StorageManager.prototype.persist = function () {
      asked++
      return persist.call(this)
    }
    const store = indexedDbStore({ name: 'persisted' })
    await store.read({ notes: [], holds: [] })
    const before = asked
    for (const id of ['a', 'b', 'c']) await store.reserve(intent(id))
    const persisted = await store.persisted()
    StorageManager.prototype.persist = persist
    return { before, asked, persisted, durability: store.durability }
  })
  assert.deepEqual(seen, { before: 0, asked: 1, persisted: false, durability: 'durable' })
  const setting = { permission: { name: 'persistent-storage' }, setting: 'granted' }
  await site.command(page, 'Browser.setPermission', setting)
  assert.equal(await page.evaluate(() => indexedDbStore({ name: 'persisted' }).persisted()), true)
  await page.close()
})
