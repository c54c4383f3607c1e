// One Next project that pays in four places: a component in the page, a component on the server, a route of Node and a
// route of the edge. Built by both of Next's bundlers, run by `next start`. No next.config of any kind.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, test } from 'node:test'
import { freePort } from '../../peers/http.mjs'
import { artefactsIn, complaintsIn } from '../stacks/contents.mjs'
import { answering, freshProject, run, start } from '../stacks/fresh.mjs'
import { pageCode, partsOf, serverCode, startMarket } from '../stacks/market.mjs'
import { startBrowser } from '../stacks/visitor.mjs'

const next = fileURLToPath(new URL('../tools/next/node_modules', import.meta.url))
let market, browser
before(async () => ([market, browser] = await Promise.all([startMarket(), startBrowser()])))
after(() => Promise.all([market?.stop(), browser?.stop()]))

/** The README's code as the body of an asynchronous function: its import first, its last lines for the log left out. */
function inFunction(code, around) {
  const { imports, body } = partsOf(code)
  return `${imports}${around(body)}`
}

const route = (body) => `export const dynamic = 'force-dynamic'
export async function GET() {
${body}return Response.json({ state: pay.recordOf(response).state })
}
`
// Vercel forbids this in production, and `next start` does not.
const forbidden = `for (const name of ['compile', 'instantiate']) {
  const allowed = globalThis.WebAssembly[name]
  globalThis.WebAssembly[name] = (given, ...rest) => {
    if (!(given instanceof globalThis.WebAssembly.Module)) throw new Error('code generation from bytes is forbidden')
    return allowed(given, ...rest)
  }
}
globalThis.WebAssembly.Module = new Proxy(globalThis.WebAssembly.Module, {
  construct: () => {
    throw new Error('code generation from bytes is forbidden')
  },
})
`

const sources = () => ({
  'app/layout.js': `export default function Layout({ children }) {
  return <html><head><link rel="icon" href="data:," /></head><body>{children}</body></html>
}
`,
  'app/page.js': `'use client'
import { useEffect } from 'react'
${inFunction(pageCode(market.url), (body) => `async function buy() {\n${body}}\n`)}
let once
export default function Page() {
  useEffect(() => void (once ??= buy()), [])
  return <p>A page that buys</p>
}
`,
  'app/server/page.js': inFunction(
    serverCode(market.url),
    (body) => `export const dynamic = 'force-dynamic'
export default async function Page() {
${body}return <p>{'state: ' + pay.recordOf(response).state}</p>
}
`,
  ),
  'app/node/route.js': inFunction(serverCode(market.url), route),
  'pages/api/edge.js': inFunction(
    serverCode(market.url),
    (body) => `export const config = { runtime: 'edge' }
${forbidden}export default async function handler() {
${body}return Response.json({ state: pay.recordOf(response).state })
}
`,
  ),
})

// Below app/ webpack cannot build any route of the edge, with farthing or without (Next 16.4.6, ENOENT).
const edgeRoute = () => ({
  'app/edge/route.js': inFunction(serverCode(market.url), (body) => `export const runtime = 'edge'\n${forbidden}${route(body)}`),
})
const bundlers = {
  Turbopack: { flags: [], more: edgeRoute, paths: ['server', 'node', 'api/edge', 'edge'] },
  webpack: { flags: ['--webpack'], more: () => ({}), paths: ['server', 'node', 'api/edge'] },
}

for (const [bundler, { flags, more, paths }] of Object.entries(bundlers)) {
  test(`Next by ${bundler} pays in a page, a server component, a route of Node and a route of the edge`, async (t) => {
    // Turbopack refuses links that leave the project.
    const folder = freshProject({ ...sources(), ...more() }, { copied: next })
    assert.deepEqual(complaintsIn(await run(folder, ['next', 'build', ...flags])), [])
    const { url, server } = await serving(t, folder, 'start')

    await t.test('the page, with the wasm in it once', async () => {
      const visit = () => browser.buys(url, market)
      assert.deepEqual(await market.paidFor(visit), { bought: 'settled', wasm: [] })
      assert.deepEqual(artefactsIn(join(folder, '.next/static')), { payer: 1, certificates: 1 })
    })
    for (const path of paths) {
      await t.test(path, async () => {
        const said = await market.paidFor(() => fetch(`${url}/${path}`).then((answer) => answer.text()))
        assert.match(said, /state[": ]+settled/, server.output())
      })
    }
    await t.test('the server, with the wasm at most once for each of its worlds', () => {
      const { payer, certificates, ...others } = artefactsIn(join(folder, '.next/server'))
      // Pages, components, routes of Node and routes of the edge are bundled apart, so that each runs without the others.
      assert.ok(payer <= paths.length + 1 && certificates <= paths.length + 1, `${payer}, ${certificates}`)
      assert.deepEqual(others, {})
    })
  })
}

test("Next's development server pays in the same places", async (t) => {
  const { paths, more } = bundlers.Turbopack
  const folder = freshProject({ ...sources(), ...more() }, { copied: next })
  const { url, server } = await serving(t, folder, 'dev')
  const visit = () => browser.buys(url.replace('127.0.0.1', 'localhost'), market)
  assert.equal((await market.paidFor(visit)).bought, 'settled')
  for (const path of paths) {
    const said = await market.paidFor(() => fetch(`${url}/${path}`).then((answer) => answer.text()))
    assert.match(said, /state[": ]+settled/, server.output())
  }
  assert.deepEqual(complaintsIn(server.output()), [])
})

/** `next start` or `next dev` in this project, until the test ends. */
async function serving(t, folder, mode) {
  const port = await freePort()
  const env = { PAYER_KEY: market.payer.privateKey }
  const server = start(folder, ['next', mode, '--port', String(port), '--hostname', '127.0.0.1'], env)
  const url = `http://127.0.0.1:${port}`
  t.after(() => server.stop())
  await answering(url, server)
  return { url, server }
}
