// Deno asks for a permission for everything: paying needs the network and nothing else, from npm's package and from
// JSR's. The latter is made by js/build/jsr.mjs, and JSR would take it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { at, scratch } from '../../js/build/step.mjs'
import { installTarball } from './harness/installed.mjs'
import { startPeers } from './peers.mjs'

const deno = fileURLToPath(new URL('../stores/runtimes/node_modules/.bin/deno', import.meta.url))
const env = { ...process.env, DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' }
const run = (program, args, options) => promisify(execFile)(program, args, { env, timeout: 100_000, ...options })
const jsr = `${scratch}/jsr`

let peers
before(async () => {
  peers = await startPeers()
  await run(process.execPath, [at('js/build/jsr.mjs')])
})
after(() => peers?.stop())

test('JSR takes the package: types are told, nothing is missing', async () => {
  const { stderr } = await run(deno, ['publish', '--dry-run', '--allow-dirty'], { cwd: jsr })
  assert.match(stderr, /Success Dry run complete/)
  // `node:sqlite` or `bun:sqlite`, by name: JSR publishes it as it stands.
  const warnings = new Set(Array.from(stderr.matchAll(/^warning\[(.*?)\]/gm), ([, what]) => what))
  assert.deepEqual([...warnings], ['unanalyzable-dynamic-import'])
})

test('every entry of the npm package is one of JSR, in the same version', () => {
  const read = (path) => JSON.parse(readFileSync(path, 'utf8'))
  const [npm, other] = [read(at('pkg/package.json')), read(`${jsr}/deno.json`)]
  assert.equal(other.version, npm.version)
  assert.deepEqual([...Object.keys(other.exports), './package.json'].sort(), Object.keys(npm.exports).sort())
})

const program = (from) => `
import { localWallet, wrapFetch } from '${from}'
const { payer, cores, sellers } = JSON.parse(Deno.args[0])
const policy = { perRequest: '0.10 USD', budgets: [{ limit: '1 USD', every: 'day' }], sellers: Object.values(sellers) }
const pay = await wrapFetch(fetch, { wallet: localWallet(payer.privateKey), policy, cores })
const states = []
for (const seller of [sellers.v2, sellers.credit]) states.push(pay.recordOf(await pay(seller + '/paid')).state)
console.log(JSON.stringify(states))
`

for (const [what, folderOf, from] of [
  ["npm's package", installTarball, 'farthing'],
  ["JSR's package", () => jsr, '@farthing/farthing'],
]) {
  test(`${what} pays in Deno with permission for the network alone, and gets its certificate`, async () => {
    const folder = folderOf()
    const path = join(folder, 'payer.mjs')
    writeFileSync(path, program(from))
    const { payer, cores, sellers } = peers.env
    const args = ['run', '--no-prompt', '--allow-net', path, JSON.stringify({ payer, cores, sellers })]
    const { stdout } = await run(deno, args, { cwd: folder })
    assert.deepEqual(JSON.parse(stdout), ['settled', 'settled'])
  })
}
