// The memory and SQLite stores in Bun and Deno, and one SQLite file shared by Node, Bun and Deno.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { installed } from '../package-under-test.mjs'

const run = promisify(execFile)
const binary = (name) => {
  const path = fileURLToPath(new URL(`../runtimes/node_modules/.bin/${name}`, import.meta.url))
  if (!existsSync(path)) throw new Error(`cannot test in ${name}: run npm --prefix tests/stores/runtimes ci`)
  return path
}
const commands = {
  bun: [binary('bun'), 'run'],
  deno: [binary('deno'), 'run', '-A'],
  node: [process.execPath],
}

const folder = installed()
const files = mkdtempSync(join(tmpdir(), 'farthing-runtimes-'))
after(() => rmSync(files, { recursive: true, force: true }))

async function inRuntime(name, script, ...args) {
  const [program, ...first] = commands[name]
  const env = { ...process.env, DENO_NO_UPDATE_CHECK: '1' }
  const { stdout } = await run(program, [...first, script, ...args], { cwd: folder, env, timeout: 110_000 })
  return JSON.parse(stdout.trim().split('\n').at(-1))
}

function scriptOf(name, contents) {
  const path = join(folder, name)
  writeFileSync(path, contents)
  return path
}

const suite = scriptOf(
  'suite.mjs',
  `import { storeConformance } from 'farthing/store-conformance'
import { sqliteStore } from 'farthing/stores/sqlite'
import { memoryStore } from 'farthing'
import { sqlitePlaces } from ${JSON.stringify(new URL('./sqlite-places.mjs', import.meta.url).href)}

const inBun = 'Bun' in globalThis
const module = await import(inBun ? 'bun:sqlite' : 'node:sqlite')
const openRaw = (path) => (inBun ? new module.Database(path) : new module.DatabaseSync(path))
const { makeStore, options } = sqlitePlaces(sqliteStore, process.argv[2], openRaw)
const results = []
async function all(kind, tests) {
  for (const { name, run } of tests)
    results.push({ kind, name, error: await run().then(() => null, (thrown) => String(thrown?.stack ?? thrown)) })
}
await all('memory', storeConformance(() => memoryStore()))
await all('sqlite', storeConformance(makeStore, options))
console.log(JSON.stringify({ runtime: inBun ? 'bun' : 'Deno' in globalThis ? 'deno' : 'node', results }))
`,
)

for (const name of ['bun', 'deno']) {
  describe(`in ${name}`, { timeout: 120_000 }, async () => {
    const { runtime, results } = await inRuntime(name, suite, mkdtempSync(join(files, `${name}-`)))
    test('the suite ran there and told of both stores', () => {
      assert.equal(runtime, name)
      for (const kind of ['memory', 'sqlite']) {
        const count = results.filter((result) => result.kind === kind).length
        assert.ok(count > 60, `${kind}: ${count} sentences`)
      }
    })
    for (const { kind, name: sentence, error } of results) test(`${kind}: ${sentence}`, () => assert.equal(error, null))
  })
}

const hold = { key: 'day', amount: '1', limit: '100', bucket: 1, keep: 1, until: 'proof' }
const spender = scriptOf(
  'spender.mjs',
  `import { sqliteStore } from 'farthing/stores/sqlite'
const [path, name] = process.argv.slice(2)
const store = await sqliteStore(path, { busyTimeoutMs: 30_000 })
let held = 0
for (let number = 0; number < 50; number += 1) {
  const entry = { purchaseId: name + number, state: 'reserved', step: 1, record: '{}' }
  const { kind } = await store.reserve({ entry, holds: [${JSON.stringify(hold)}], notes: [] })
  if (kind === 'held') held += 1
  else if (kind !== 'exceeds') throw new Error(kind)
}
store.close()
console.log(JSON.stringify({ held }))
`,
)

test('Node, Bun and Deno on one file at once hold exactly the budget', { timeout: 120_000 }, async () => {
  const path = join(files, 'shared.db')
  const names = [...Object.keys(commands), ...Object.keys(commands)]
  const ends = await Promise.all(names.map((name, number) => inRuntime(name, spender, path, `${name}${number}-`)))
  assert.equal(
    ends.reduce((sum, { held }) => sum + held, 0),
    100,
  )
})
