// Payers that are not the page's own module: a worker of the page, in every bundler that finds workers by itself, and a
// classic script, as a bundler writes it unless told otherwise.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { artefactsIn, complaintsIn } from '../stacks/contents.mjs'
import { freshProject, run } from '../stacks/fresh.mjs'
import { pageCode, partsOf, serverCode, startMarket } from '../stacks/market.mjs'
import { buysFrom, startBrowser } from '../stacks/visitor.mjs'
import { tools } from './tools.mjs'

let market, browser
before(async () => ([market, browser] = await Promise.all([startMarket(), startBrowser()])))
after(() => Promise.all([market?.stop(), browser?.stop()]))

/** The README's code in an asynchronous function of these arguments, with a last line of ours. */
function inFunction(code, name, last = '') {
  const { imports, body } = partsOf(code)
  return `${imports}async function ${name} {\n${body}${last}}\n`
}

const pays = (folder, { page }) => buysFrom(join(folder, 'dist'), page, { browser, market })

for (const name of ['Vite', 'webpack', 'Rspack', 'Parcel']) {
  test(`${name}: a worker of the page pays`, async () => {
    const code = serverCode(market.url).replace('process.env.PAYER_KEY', 'key')
    const worker = inFunction(code, 'buy(key)', 'postMessage(pay.recordOf(response).state)\n')
    const page = `const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
worker.onmessage = ({ data }) => (globalThis.bought = data)
worker.postMessage('${market.payer.privateKey}')
`
    const sources = { 'src/index.js': page, 'src/worker.js': `${worker}onmessage = ({ data }) => buy(data)\n` }
    const folder = freshProject({ ...sources, ...tools[name].files })
    assert.deepEqual(complaintsIn(await run(folder, tools[name].build)), [])
    assert.deepEqual(artefactsIn(join(folder, 'dist')), { payer: 1, certificates: 1 })
    await pays(folder, tools[name])
  })
}

for (const [name, options] of [
  ['esbuild', ['esbuild', 'src/index.js', '--bundle', '--outfile=dist/main.js']],
  ['Rolldown', ['rolldown', 'src/index.js', '--format', 'iife', '--file', 'dist/main.js']],
]) {
  test(`${name}: a classic script pays`, async () => {
    const folder = freshProject({ 'src/index.js': `${inFunction(pageCode(market.url), 'buy()')}buy()\n` })
    assert.deepEqual(complaintsIn(await run(folder, options)), [])
    assert.deepEqual(artefactsIn(join(folder, 'dist')), { payer: 1, certificates: 1 })
    await pays(folder, tools.webpack)
  })
}
