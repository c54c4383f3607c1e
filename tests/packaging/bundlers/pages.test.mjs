// The README's code in a fresh project of every bundler: it builds without a word about farthing, and the page pays an
// official seller on a real chain. Nothing is carried twice, and nothing that is not used.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { freePort } from '../../peers/http.mjs'
import { artefactsIn, complaintsIn, reachableIn } from '../stacks/contents.mjs'
import { answering, freshProject, outputsOf, run, start } from '../stacks/fresh.mjs'
import { pageCode, startMarket } from '../stacks/market.mjs'
import { buysFrom, startBrowser } from '../stacks/visitor.mjs'
import { tools } from './tools.mjs'

let market, browser
before(async () => ([market, browser] = await Promise.all([startMarket(), startBrowser()])))
after(() => Promise.all([market?.stop(), browser?.stop()]))

const shaken = `import { PaymentError } from 'farthing'
import { indexedDbStore } from 'farthing/stores/indexed-db'
globalThis.uses = [PaymentError, indexedDbStore]
`
const everything = (code) => `import { paywall } from 'farthing/seller'
import { openAccount } from 'farthing/4mica'
globalThis.parts = [paywall, openAccount]
${code}`

/** Builds this code, insists that the tool has nothing to say about us, and returns the project's folder. */
async function built({ build, files = {} }, code, acceptable = () => false) {
  const folder = freshProject({ 'src/index.js': code, ...files })
  const complaints = complaintsIn(await run(folder, build))
  assert.deepEqual(complaints.filter((line) => !acceptable(line)), [])
  return folder
}

// webpack finds a page large from 244 KiB on; the payer alone is smaller.
const largePage = (line) => /WARNING in (asset|entrypoint) size limit/.test(line)

const pays = (folder, { page }) => buysFrom(join(folder, 'dist'), page, { browser, market })

for (const [name, tool] of Object.entries(tools)) {
  test(`${name} builds the README's code without configuration, and the page pays`, async () => {
    const folder = await built(tool, pageCode(market.url))
    const dist = join(folder, 'dist')
    assert.deepEqual(artefactsIn(dist), { payer: 1, certificates: 1 })
    const files = outputsOf(dist).map((output) => Object.keys(artefactsIn(dist, [output])).length)
    assert.equal(Math.max(...files), tool.oneFile ? 2 : 1, 'certificates are apart from what the page loads first')
    await pays(folder, tool)
  })

  test(`${name} builds payer, account and seller into one page, each once, and it pays`, async () => {
    const folder = await built(tool, everything(pageCode(market.url)), largePage)
    assert.deepEqual(artefactsIn(join(folder, 'dist')), { payer: 1, certificates: 1, account: 1, seller: 1 })
    await pays(folder, tool)
  })

  test(`${name} leaves all wasm out of a page that only knows errors and a store`, async () => {
    const dist = join(await built(tool, shaken), 'dist')
    assert.deepEqual(artefactsIn(dist, tool.orphans ? reachableIn(dist, 'index.js') : undefined), {})
  })
}

test('the README names every one of them', () => {
  const row = /^\| (.*Vite.*) \| nothing \|$/m.exec(readFileSync(new URL('../../../README.md', import.meta.url), 'utf8'))
  for (const name of Object.keys(tools)) assert.ok(row?.[1].includes(name.split(' ')[0]), name)
})

test("Vite's dev server serves the README's code without configuration, and the page pays", async () => {
  const port = await freePort()
  const folder = freshProject({ 'src/index.js': pageCode(market.url), ...tools.Vite.files })
  const server = start(folder, ['vite', '--host', '127.0.0.1', '--port', String(port), '--strictPort'])
  try {
    await answering(`http://127.0.0.1:${port}/`, server)
    const visit = () => browser.buys(`http://127.0.0.1:${port}/`, market)
    assert.deepEqual(await market.paidFor(visit), { bought: 'settled', wasm: [] })
    assert.deepEqual(complaintsIn(server.output()), [])
  } finally {
    await server.stop()
  }
})

test("webpack's development build of the README's code pays", async () => {
  const tool = { ...tools.webpack, build: ['webpack', '--mode', 'development'] }
  await pays(await built(tool, pageCode(market.url)), tool)
})
