// What a browser may do to a store: other versions, other programs, no room, storage cleared. Every refusal is a
// sentence, and the store works again when the reason is gone.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startSite } from './site.mjs'

let site
before(async () => (site = await startSite()))
after(() => site?.stop())

test('an upgrade in another tab is not blocked, keeps the rows, and the old tab says why it stops', async () => {
  const [old, next] = [await site.tab(), await site.tab()]
  await old.evaluate(async () => {
    globalThis.store = indexedDbStore({ name: 'skew' })
    await store.reserve(intent('a', { amount: '5' }))
  })
  const upgraded = await next.evaluate(async () => {
    const { indexedDbStore } = await import('/next/dist/store/indexed-db.js')
    const store = indexedDbStore({ name: 'skew', openTimeoutMs: 3_000 })
    const reservation = await store.reserve(intent('b', { amount: '6' }))
    return { reservation, used: await usedIn(store), rows: (await allRows(store)).map(({ purchaseId }) => purchaseId) }
  })
  assert.deepEqual(upgraded, { reservation: { kind: 'held' }, used: '11', rows: ['a', 'b'] })
  const refusals = await old.evaluate(async () => [
    await messageOf(store.reserve(intent('c'))),
    await messageOf(store.read({ notes: [], holds: [] })),
    await messageOf(indexedDbStore({ name: 'skew' }).list()),
  ])
  const expected = 'cannot open the database skew: a newer farthing wrote it, this one knows schema 1'
  assert.deepEqual(refusals, [expected, expected, expected])
  for (const tab of [old, next]) await tab.close()
})

test('an upgrade that another tab blocks is refused after a while, and works once that tab lets go', async () => {
  const [old, next] = [await site.tab(), await site.tab()]
  await old.evaluate(async () => {
    await indexedDbStore({ name: 'blocked' }).reserve(intent('a'))
    globalThis.stubborn = await openRaw('blocked', 1)
  })
  const refusal = await next.evaluate(async () => {
    const { indexedDbStore } = await import('/next/dist/store/indexed-db.js')
    globalThis.store = indexedDbStore({ name: 'blocked', openTimeoutMs: 500 })
    return messageOf(store.list())
  })
  assert.equal(refusal, 'cannot open the database blocked: another tab of this site holds it, close that tab')
  await old.evaluate(() => stubborn.close())
  assert.equal(await next.evaluate(async () => (await store.list()).length), 1)
  for (const tab of [old, next]) await tab.close()
})

test('a connection that opens after its time does not stay in the way of others', async () => {
  const [old, next] = [await site.tab(), await site.tab()]
  await old.evaluate(async () => {
    await indexedDbStore({ name: 'late' }).list()
    globalThis.stubborn = await openRaw('late', 1)
  })
  await next.evaluate(async () => {
    const { indexedDbStore } = await import('/next/dist/store/indexed-db.js')
    await messageOf(indexedDbStore({ name: 'late', openTimeoutMs: 300 }).list())
  })
  await old.evaluate(() => stubborn.close())
  // The late connection of schema 2 comes first; then nothing may hold up schema 3.
  const version = await old.evaluate(async () => (await openRaw('late', 3)).version)
  assert.equal(version, 3)
  for (const tab of [old, next]) await tab.close()
})

test('a database of another program is left alone', async () => {
  const tab = await site.tab()
  const seen = await tab.evaluate(async () => {
    const theirs = await openRaw('theirs', 1, { onupgradeneeded: (opened) => opened.createObjectStore('rows') })
    theirs.close()
    const message = await messageOf(indexedDbStore({ name: 'theirs' }).reserve(intent('a')))
    const again = await openRaw('theirs')
    const count = again.transaction('rows').objectStore('rows').count()
    const rows = await new Promise((resolve) => (count.onsuccess = () => resolve(count.result)))
    return { message, stores: [...again.objectStoreNames], rows }
  })
  assert.deepEqual(seen, {
    message: 'cannot open the database theirs: it is not one of farthing, choose another name',
    stores: ['rows'],
    rows: 0,
  })
  await tab.close()
})

test('a site without room is told so, nothing is written, and it works again with room', async (context) => {
  // Chromium remembers the room of an origin for a while, so the quota is there before the first write. It counts
  // compressed bytes, so what is written is random.
  const small = await startSite()
  context.after(() => small.stop())
  const tab = await small.tab()
  await small.command(tab, 'Storage.overrideQuotaForOrigin', { quotaSize: 2_000_000 })
  const { refusal, written } = await tab.evaluate(async () => {
    globalThis.store = indexedDbStore({ name: 'quota' })
    const random = () => crypto.getRandomValues(new Uint8Array(60_000)).reduce((text, byte) => text + byte, '')
    for (let count = 0; count < 200; count++) {
      const { entry, ...rest } = intent(`a-${count}`)
      const sealed = random()
      const answer = await store.reserve({ ...rest, entry: { ...entry, sealed } }).catch((error) => error)
      if (answer instanceof Error) return { refusal: answer.message, written: count }
    }
    throw new Error('the quota was never felt')
  })
  assert.equal(refusal, 'cannot write to the database quota: the browser has no room left for this site')
  await small.command(tab, 'Storage.overrideQuotaForOrigin')
  const seen = await tab.evaluate(async () => {
    const before = { rows: (await store.list()).length, used: await usedIn(store) }
    return { before, reservation: await store.reserve(intent('b')), used: await usedIn(store) }
  })
  const before = { rows: written, used: String(written) }
  assert.deepEqual(seen, { before, reservation: { kind: 'held' }, used: String(written + 1) })
})

test('a connection that the browser closed is opened again', async () => {
  const tab = await site.tab()
  await tab.evaluate(async () => {
    globalThis.store = indexedDbStore({ name: 'closed' })
    globalThis.closings = 0
    const { transaction } = IDBDatabase.prototype
    IDBDatabase.prototype.transaction = function (...given) {
      this.addEventListener('close', () => closings++, { once: true })
      return transaction.apply(this, given)
    }
    await store.reserve(intent('a'))
  })
  await site.command(tab, 'Storage.clearDataForOrigin', { storageTypes: 'indexeddb' })
  await tab.waitForFunction(() => globalThis.closings > 0)
  assert.deepEqual(await tab.evaluate(() => store.list()), [], 'what was cleared is gone')
  assert.deepEqual(await tab.evaluate(() => store.reserve(intent('a'))), { kind: 'held' })
  await tab.close()
})

test('a connection that closes under a store is opened again before anything is lost', async () => {
  const tab = await site.tab()
  const seen = await tab.evaluate(async () => {
    const store = indexedDbStore({ name: 'under' })
    const connections = new Set()
    const { transaction } = IDBDatabase.prototype
    IDBDatabase.prototype.transaction = function (...given) {
      connections.add(this)
      return transaction.apply(this, given)
    }
    await store.reserve(intent('a'))
    for (const connection of connections) connection.close()
    const reservations = await Promise.all([store.reserve(intent('b')), store.reserve(intent('c'))])
    return {
      kinds: reservations.map(({ kind }) => kind),
      rows: (await store.list()).length,
      connections: connections.size,
    }
  })
  assert.deepEqual(seen, { kinds: ['held', 'held'], rows: 3, connections: 2 })
  await tab.close()
})

test('a reservation that fails between its writes leaves none of them', async () => {
  const tab = await site.tab()
  const seen = await tab.evaluate(async () => {
    const store = indexedDbStore({ name: 'half' })
    const { entry, holds } = intent('a')
    // The row is written last; a function cannot be stored.
    const broken = { entry: { ...entry, record: () => {} }, holds, notes: [{ key: 'n', value: 'v' }] }
    const message = await messageOf(store.reserve(broken))
    return { message, view: await store.read({ purchaseId: 'a', notes: ['n'], holds }) }
  })
  assert.deepEqual(seen, {
    message: 'cannot write to the database half: the browser stopped it (DataCloneError)',
    view: { entries: [], notes: [null], used: ['0'] },
  })
  await tab.close()
})

test('a runtime without IndexedDB is told so by the first operation, and not by the import', async () => {
  const { load } = await import('../package-under-test.mjs')
  const { indexedDbStore } = await load('stores/indexed-db')
  const store = indexedDbStore()
  await assert.rejects(store.reserve({ entry: {}, holds: [], notes: [] }), {
    message: 'cannot open the database farthing: this runtime has no IndexedDB',
  })
  assert.equal(await store.persisted(), false)
})

test('an origin that may not store anything gets a sentence', async () => {
  const tab = await site.tab()
  const message = await tab.evaluate(async () => {
    const frame = document.createElement('iframe')
    frame.sandbox = 'allow-scripts'
    frame.srcdoc = `<script type="module">
      const { indexedDbStore } = await import('${location.origin}/farthing/stores/indexed-db.js')
      const store = indexedDbStore()
      const refusal = await store.list().catch((error) => error.message)
      parent.postMessage({ refusal, persisted: await store.persisted() }, '*')
    </script>`
    const answer = new Promise((resolve) => addEventListener('message', ({ data }) => resolve(data), { once: true }))
    document.body.append(frame)
    return answer
  })
  assert.match(message.refusal, /^cannot open the database farthing: the browser stopped it \(SecurityError\)$/)
  assert.equal(message.persisted, false)
  await tab.close()
})
