// The SQLite store on files, with two connections, and with several processes.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, test } from 'node:test'
import { installed, load } from '../package-under-test.mjs'
import { sqlitePlaces } from './sqlite-places.mjs'
import { checkStore } from './run-suite.mjs'

const { sqliteStore } = await load('stores/sqlite')
const folder = mkdtempSync(join(tmpdir(), 'farthing-sqlite-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const { makeStore, options } = sqlitePlaces(sqliteStore, folder, (path) => new DatabaseSync(path))
checkStore('sqlite', makeStore, options)

const row = (purchaseId, state = 'reserved', step = 1) => ({ purchaseId, state, step, record: '{}' })
const hold = { key: 'day', amount: '1', limit: '100', bucket: 1, keep: 1, until: 'proof' }
let files = 0
const newFile = () => join(folder, `own-${(files += 1)}.db`)

async function processes(count, body) {
  const script = join(installed(), `worker-${(files += 1)}.mjs`)
  writeFileSync(script, `import { sqliteStore } from 'farthing/stores/sqlite'\nconst path = process.argv[2]\n${body}`)
  const path = newFile()
  const ends = Array.from({ length: count }, async (_, number) => {
    const child = spawn(process.execPath, [script, path, `${number}`], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
    const [code, signal] = await once(child, 'close')
    return { code, signal, output: output.trim() }
  })
  return { path, ends: await Promise.all(ends) }
}

describe('sqlite, its own', () => {
  test('six processes that start at once on a new file hold exactly the budget', { timeout: 60_000 }, async () => {
    const { path, ends } = await processes(
      6,
      `const store = await sqliteStore(path, { busyTimeoutMs: 30_000 })
      let held = 0
      for (let number = 0; number < 40; number += 1) {
        const entry = { purchaseId: process.argv[3] + '-' + number, state: 'reserved', step: 1, record: '{}' }
        const answer = await store.reserve({ entry, holds: [${JSON.stringify(hold)}], notes: [] })
        if (answer.kind === 'held') held += 1
        else if (answer.kind !== 'exceeds') throw new Error(answer.kind)
      }
      console.log(held)`,
    )
    assert.deepEqual(
      ends.map(({ code }) => code),
      [0, 0, 0, 0, 0, 0],
    )
    assert.equal(
      ends.reduce((sum, { output }) => sum + Number(output), 0),
      100,
    )
    const store = await sqliteStore(path)
    assert.deepEqual((await store.read({ notes: [], holds: [hold] })).used, ['100'])
    assert.equal((await store.list()).length, 100)
    store.close()
  })

  test('what was held is kept by a process that is killed', { timeout: 60_000 }, async () => {
    const { path, ends } = await processes(
      1,
      `const store = await sqliteStore(path)
      await store.reserve({ entry: { purchaseId: 'a', state: 'reserved', step: 1, record: '{}' }, holds: [${JSON.stringify(hold)}], notes: [] })
      process.kill(process.pid, 'SIGKILL')`,
    )
    assert.equal(ends[0].signal, 'SIGKILL')
    const store = await sqliteStore(path)
    assert.deepEqual(await store.read({ purchaseId: 'a', notes: [], holds: [hold] }), {
      entries: [row('a')],
      notes: [],
      used: ['1'],
    })
    store.close()
  })

  test('commits are synced: WAL with synchronous FULL', async () => {
    const database = new DatabaseSync(newFile())
    database.exec('PRAGMA synchronous = OFF')
    await sqliteStore(database)
    assert.equal(database.prepare('PRAGMA synchronous').get().synchronous, 2)
    assert.equal(database.prepare('PRAGMA journal_mode').get().journal_mode, 'wal')
    database.close()
  })

  test('a Node without node:sqlite is told which Node has it', { timeout: 60_000 }, async () => {
    const script = join(installed(), 'missing.mjs')
    writeFileSync(
      script,
      `import { sqliteStore } from 'farthing/stores/sqlite'
      await sqliteStore(process.argv[2]).then(() => console.log('opened'), ({ message }) => console.log(message))`,
    )
    const child = spawn(process.execPath, ['--no-experimental-sqlite', script, newFile()])
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
    await once(child, 'close')
    assert.match(output, /^cannot open an SQLite store: node:sqlite is missing, .* 22\.5/)
  })

  test('a database in memory is refused, for it keeps nothing', async () => {
    await assert.rejects(sqliteStore(':memory:'), { message: /^cannot keep purchases durably: .* memory$/ })
  })

  test('a database given open stays open, and one inside a transaction is refused', async () => {
    const database = new DatabaseSync(newFile())
    const store = await sqliteStore(database)
    store.close()
    database.exec('BEGIN')
    await assert.rejects(store.reserve({ entry: row('a'), holds: [], notes: [] }), /within a transaction/)
    database.exec('ROLLBACK')
    assert.deepEqual(await store.reserve({ entry: row('a'), holds: [], notes: [] }), { kind: 'held' })
    database.close()
  })

  test('a writer that waits longer than the busy timeout rejects, and nothing is written', async () => {
    const path = newFile()
    const store = await sqliteStore(path, { busyTimeoutMs: 20 })
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    await assert.rejects(store.reserve({ entry: row('a'), holds: [hold], notes: [] }), /locked/)
    other.exec('ROLLBACK')
    assert.deepEqual(await store.read({ purchaseId: 'a', notes: [], holds: [hold] }), {
      entries: [],
      notes: [],
      used: ['0'],
    })
    assert.deepEqual(await store.reserve({ entry: row('a'), holds: [hold], notes: [] }), { kind: 'held' })
    other.close()
    store.close()
  })

  test('a step that fails half way leaves nothing behind', async () => {
    const database = new DatabaseSync(newFile())
    const store = await sqliteStore(database)
    database.exec(`CREATE TRIGGER full BEFORE INSERT ON farthing_notes BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
    const intent = { entry: row('a'), holds: [hold], notes: [{ key: 'n', value: 'v' }] }
    await assert.rejects(store.reserve(intent), /disk full/)
    database.exec('DROP TRIGGER full')
    assert.deepEqual(await store.read({ purchaseId: 'a', notes: ['n'], holds: [hold] }), {
      entries: [],
      notes: [null],
      used: ['0'],
    })
    assert.deepEqual(await store.reserve(intent), { kind: 'held' })
    database.close()
  })

  test('no operation walks the finished purchases', async () => {
    const database = new DatabaseSync(newFile())
    const asked = new Set()
    const watched = {
      exec: (text) => database.exec(text),
      close: () => database.close(),
      prepare(text) {
        asked.add(text)
        return database.prepare(text)
      },
    }
    const store = await sqliteStore(watched)
    await store.reserve({
      entry: row('a', 'asked'),
      holds: [{ ...hold, until: 'answer' }],
      notes: [{ key: 'n', value: 'v' }],
    })
    await store.advance('asked', row('a', 'dead', 2))
    await store.remember({ key: 'm', value: 'v' })
    await store.read({ request: 'r', notes: ['n'], holds: [hold] })
    await store.read({ purchaseId: 'a', notes: [], holds: [] })
    for (const list of [store.open, store.list]) await list('a', 10)
    const plans = [...asked]
      .filter((text) => /farthing_(?!schema)/.test(text) && !/^CREATE/.test(text))
      .map((text) => {
        const parts = database.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...Array(text.split('?').length - 1).fill(1))
        return { text, plan: parts.map(({ detail }) => detail).join('; ') }
      })
    assert.ok(plans.length > 12, `only ${plans.length} statements were seen`)
    for (const { text, plan } of plans) assert.doesNotMatch(plan, /SCAN|TEMP B-TREE/, text)
    assert.match(plans.find(({ text }) => /is_open = 1 AND request/.test(text)).plan, /farthing_requests/)
    assert.match(plans.find(({ text }) => /is_open = 1 AND place/.test(text)).plan, /farthing_open/)
    database.close()
  })
})
