// The README's Workers in a fresh project of wrangler: `wrangler dev` runs and pays, and so does in workerd what
// `wrangler deploy` would upload. No rule for wasm, no compatibility flag, nodejs_compat least of all.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { freePort } from '../../peers/http.mjs'
import { requireTool } from '../../runtime/harness/installed.mjs'
import { artefactsIn, complaintsIn, reachableIn } from '../stacks/contents.mjs'
import { answering, freshProject, run, start } from '../stacks/fresh.mjs'
import { readmeCode, startMarket } from '../stacks/market.mjs'

const compatibility = '2026-07-01'
let market
before(async () => (market = await startMarket()))
after(() => market?.stop())

/** A project with a Worker of this source, as `npm create cloudflare` and the README's Durable Object make it. */
function workerProject(source, more = {}) {
  const config = {
    name: 'shop',
    main: 'src/index.js',
    compatibility_date: compatibility,
    durable_objects: { bindings: [{ name: 'PURCHASES', class_name: 'FarthingStore' }] },
    migrations: [{ tag: 'v1', new_sqlite_classes: ['FarthingStore'] }],
    vars: { SELLER: market.url },
  }
  const files = { 'wrangler.jsonc': JSON.stringify(config), '.dev.vars': `PAYER_KEY=${market.payer.privateKey}\n` }
  return freshProject({ 'src/index.js': source, ...files, ...more })
}

/** What would be uploaded, in `dist`. */
async function deployable(folder) {
  const said = await run(folder, ['wrangler', 'deploy', '--dry-run', '--outdir', 'dist'])
  assert.deepEqual(complaintsIn(said), [])
  return join(folder, 'dist')
}

/** Runs an upload in workerd, which refuses to compile bytes, and gives what its answer to one request says. */
async function answerOf(dist, path = '/') {
  const { Miniflare } = requireTool('miniflare')
  const files = readdirSync(dist, { recursive: true }).filter((name) => /\.(js|wasm)$/.test(name))
  const modules = files
    // The first module is the Worker.
    .sort((a, b) => Number(b === 'index.js') - Number(a === 'index.js'))
    .map((name) => ({
      type: name.endsWith('.wasm') ? 'CompiledWasm' : 'ESModule',
      path: `/${name}`,
      contents: readFileSync(join(dist, name)),
    }))
  const worker = new Miniflare({
    modules,
    modulesRoot: '/',
    compatibilityDate: compatibility,
    durableObjects: { PURCHASES: { className: 'FarthingStore', useSQLite: true } },
    bindings: { SELLER: market.url, PAYER_KEY: market.payer.privateKey },
  })
  try {
    const answer = await worker.dispatchFetch(`http://shop.test${path}`)
    return { status: answer.status, text: await answer.text() }
  } finally {
    await worker.dispose()
  }
}

const served = { status: 200, text: '{"paid":true}' }

test("wrangler bundles the README's Worker without configuration, and what it would upload pays", async () => {
  const dist = await deployable(workerProject(readmeCode('js worker', market.url)))
  assert.deepEqual(artefactsIn(dist), { payer: 1, certificates: 1 })
  assert.deepEqual(await market.paidFor(() => answerOf(dist)), served)
})

/** Insists that a development server of this project pays. */
async function paysInDevelopment(folder, commandOn) {
  const port = String(await freePort())
  const server = start(folder, commandOn(port))
  try {
    const url = `http://127.0.0.1:${port}/`
    await answering(url, server)
    const pays = async () => {
      const answer = await fetch(url)
      return { status: answer.status, text: await answer.text() }
    }
    assert.deepEqual(await market.paidFor(pays), served)
    assert.deepEqual(complaintsIn(server.output()), [])
  } finally {
    await server.stop()
  }
}

test("wrangler dev serves the README's Worker without configuration, and it pays", async () => {
  const folder = workerProject(readmeCode('js worker', market.url))
  await paysInDevelopment(folder, (port) => ['wrangler', 'dev', '--ip', '127.0.0.1', '--port', port])
})

// What every project of this plugin has.
const plugin = {
  'vite.config.js': `import { cloudflare } from '@cloudflare/vite-plugin'
export default { plugins: [cloudflare()] }
`,
}

test("Cloudflare's plugin for Vite builds the README's Worker, and it pays", async () => {
  const folder = workerProject(readmeCode('js worker', market.url), plugin)
  assert.deepEqual(complaintsIn(await run(folder, ['vite', 'build'])), [])
  const dist = join(folder, 'dist/shop')
  assert.deepEqual(artefactsIn(dist), { payer: 1, certificates: 1 })
  assert.deepEqual(await market.paidFor(() => answerOf(dist)), served)
})

test("Cloudflare's plugin for Vite serves the README's Worker in development, and it pays", async () => {
  const folder = workerProject(readmeCode('js worker', market.url), plugin)
  await paysInDevelopment(folder, (port) => ['vite', '--host', '127.0.0.1', '--port', port, '--strictPort'])
})

test('wrangler bundles payer, account and seller into one Worker, each once, and it pays', async () => {
  const more = `import { openAccount } from 'farthing/4mica'
import { paywall } from 'farthing/seller'
export const parts = { fetch: () => new Response(String([openAccount, paywall])) }
`
  const dist = await deployable(workerProject(`${more}${readmeCode('js worker', market.url)}`))
  assert.deepEqual(artefactsIn(dist), { payer: 1, certificates: 1, account: 1, seller: 1 })
  assert.deepEqual(await market.paidFor(() => answerOf(dist)), served)
})

test('wrangler leaves all wasm out of a Worker that only holds a store', async () => {
  const source = `export { FarthingStore } from 'farthing/stores/durable-object'
export default { fetch: () => new Response('holds') }
`
  const dist = await deployable(workerProject(source))
  assert.deepEqual(artefactsIn(dist), {})
  assert.deepEqual(await answerOf(dist), { status: 200, text: 'holds' })
})

test('a Worker that only knows errors imports no wasm, though wrangler uploads every module it met', async () => {
  const source = `import { PaymentError } from 'farthing'
export { FarthingStore } from 'farthing/stores/durable-object'
export default { fetch: () => new Response(PaymentError.name) }
`
  const dist = await deployable(workerProject(source))
  assert.deepEqual(artefactsIn(dist, reachableIn(dist, 'index.js')), {})
  assert.deepEqual(await answerOf(dist), { status: 200, text: 'PaymentError' })
})
