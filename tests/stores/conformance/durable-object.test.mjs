// The Durable Object in workerd: the suite runs inside a Worker, against objects of the same process.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { requireTool } from '../../runtime/harness/installed.mjs'
import { workerModules } from '../../runtime/harness/workerd.mjs'
import { installed } from '../package-under-test.mjs'

const source = `
import { storeConformance } from 'farthing/store-conformance'
import { durableObjectStore, FarthingStore } from 'farthing/stores/durable-object'

export { FarthingStore }

/** An object whose tables a newer farthing has made. */
export class NewerStore extends FarthingStore {
  constructor(ctx, env) {
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS farthing_schema (version INTEGER NOT NULL) STRICT')
    ctx.storage.sql.exec('DELETE FROM farthing_schema')
    ctx.storage.sql.exec('INSERT INTO farthing_schema VALUES (2)')
    super(ctx, env)
  }
}

/** An object that fails half way, and one that fails after it has written. */
export class FailingStore extends FarthingStore {
  constructor(ctx, env) {
    super(ctx, env)
    this.storage = ctx.storage
  }
  breakNotes() {
    this.storage.sql.exec("CREATE TRIGGER full BEFORE INSERT ON farthing_notes BEGIN SELECT RAISE(ABORT, 'disk full'); END")
  }
  mendNotes() {
    this.storage.sql.exec('DROP TRIGGER full')
  }
  remember(note) {
    super.remember(note)
    throw new Error('lost after writing')
  }
}

function suite(env, kind) {
  const names = new Map()
  const open = (name) => {
    const { STORE } = env
    const store = kind === 'stub' ? durableObjectStore(STORE.get(STORE.idFromName(name))) : durableObjectStore(STORE, name)
    names.set(store, name)
    return store
  }
  return storeConformance(() => open(crypto.randomUUID()), { reopen: (store) => open(names.get(store)) })
}

const said = (promise) => promise.then((value) => ({ value }), ({ message }) => ({ message }))
const acts = {
  names: async (env, { kind }) => suite(env, kind).map(({ name }) => name),
  run: async (env, { kind, name }) => {
    await suite(env, kind).find((one) => one.name === name).run()
    return {}
  },
  call: (env, { binding, name, method, args }) => said(durableObjectStore(env[binding], name)[method](...args)),
  direct: (env, { binding, name, method }) => said(env[binding].get(env[binding].idFromName(name))[method]()),
}

export default {
  async fetch(request, env) {
    const { act, ...rest } = await request.json()
    try {
      return Response.json((await acts[act](env, rest)) ?? null)
    } catch (thrown) {
      return new Response(thrown.message, { status: 500 })
    }
  },
}
`

const folder = installed()
const entry = { contents: source, resolveDir: folder, sourcefile: 'worker.mjs' }
const { Miniflare } = requireTool('miniflare')
const sqlite = (className) => ({ className, useSQLite: true })
const worker = new Miniflare({
  ...(await workerModules({ stdin: entry, external: ['cloudflare:workers'] }, folder)),
  compatibilityDate: '2026-07-01',
  durableObjects: { STORE: sqlite('FarthingStore'), NEWER: sqlite('NewerStore'), FAILING: sqlite('FailingStore') },
})

async function ask(act, rest) {
  const answer = await worker.dispatchFetch('http://worker.test/', {
    method: 'POST',
    body: JSON.stringify({ act, ...rest }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return JSON.parse(text)
}

const row = (purchaseId) => ({ purchaseId, state: 'reserved', step: 1, record: '{}' })
const hold = { key: 'day', amount: '1', limit: '9', bucket: 1, keep: 1, until: 'proof' }
const call = (binding, name, method, ...args) => ask('call', { binding, name, method, args })

const sentences = await ask('names', { kind: 'namespace' })
after(() => worker.dispose())

for (const kind of ['namespace', 'stub']) {
  describe(`durable object by ${kind}`, { timeout: 120_000 }, () => {
    before(() => assert.ok(sentences.length > 60, `only ${sentences.length} sentences`))
    for (const name of sentences) test(name, { timeout: 60_000 }, () => ask('run', { kind, name }))
  })
}

describe('durable object, its own', () => {
  test('payers share nothing: each name is an object of its own', async () => {
    assert.deepEqual((await call('STORE', 'one', 'reserve', { entry: row('a'), holds: [hold], notes: [] })).value, {
      kind: 'held',
    })
    const other = await call('STORE', 'two', 'read', { purchaseId: 'a', notes: [], holds: [hold] })
    assert.deepEqual(other.value, { entries: [], notes: [], used: ['0'] })
  })

  test('tables of a newer farthing are refused, call by call', async () => {
    const message = 'cannot open the store: its schema is version 2, this farthing knows 1'
    assert.deepEqual(await call('NEWER', 'a', 'list'), { message })
    assert.deepEqual(await call('NEWER', 'a', 'reserve', { entry: row('a'), holds: [], notes: [] }), { message })
  })

  test('a step that fails half way rejects and leaves nothing behind', async () => {
    await ask('direct', { binding: 'FAILING', name: 'half', method: 'breakNotes' })
    const intent = { entry: row('a'), holds: [hold], notes: [{ key: 'n', value: 'v' }] }
    assert.match((await call('FAILING', 'half', 'reserve', intent)).message, /disk full/)
    const { value } = await call('FAILING', 'half', 'read', { purchaseId: 'a', notes: ['n'], holds: [hold] })
    assert.deepEqual(value, { entries: [], notes: [null], used: ['0'] })
    await ask('direct', { binding: 'FAILING', name: 'half', method: 'mendNotes' })
    assert.deepEqual((await call('FAILING', 'half', 'reserve', intent)).value, { kind: 'held' })
  })

  test('a call that failed after it wrote rejects and is not repeated', async () => {
    const note = { key: 'n', value: 'v' }
    assert.deepEqual(await call('FAILING', 'lost', 'remember', note), { message: 'lost after writing' })
    assert.deepEqual((await call('FAILING', 'lost', 'read', { notes: ['n'], holds: [] })).value.notes, ['v'])
  })
})
