// Everything around a paywall that people and pages pay: chain, official facilitator, our seller behind Node's server,
// Chromium with a wallet, and a page of another origin that pays by fetch.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { extname, join, normalize } from 'node:path'
import { pathToFileURL } from 'node:url'
import { getRequestListener } from '../peers/node_modules/@hono/node-server/dist/index.mjs'
import { accounts, startChain } from '../peers/chain.mjs'
import { listen, readBody } from '../peers/http.mjs'
import { startFacilitatorV2 } from '../peers/x402-v2.mjs'
import { installTarball, requireTool } from '../runtime/harness/installed.mjs'
import { launchChromium } from './chromium.mjs'
import { inject, testWallet } from './wallet.mjs'

const types = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json' }

export const [, payer, payee, stranger] = accounts
const folder = installTarball()
const WORKER = '/node_modules/farthing/dist/entry-seller/sw.js'

/** Starts all of it. */
export async function startStall() {
  const installed = async (entry) => {
    const file = join(folder, `${entry.replace('/', '-')}.mjs`)
    writeFileSync(file, `export * from '${entry}'\n`)
    return import(pathToFileURL(file))
  }
  const farthing = await installed('farthing')
  const { memoryStore, paywall } = await installed('farthing/seller')
  const chain = await startChain()
  await chain.mint(payer.address, 10_000_000n)
  const facilitator = await startFacilitatorV2(chain)
  const reader = await readerSite(facilitator.url)
  const browser = await launchChromium()
  const open = async (url, { how, wallet = testWallet(chain, payer.address), context: options = {} } = {}) => {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    const complaints = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      // Chromium reports every refusal as an error; here most are part of a purchase.
      if (message.type() === 'error' && !/status of (402|403|500|503)/.test(message.text())) complaints.push(message.text())
    })
    if (how !== 'none') await inject(page, wallet, how)
    await page.goto(url)
    return { page, wallet, complaints, close: () => context.close() }
  }
  return {
    ...{ farthing, chain, facilitator, payer, payTo: payee.address },
    paid: () => chain.balanceOf(payee.address),
    /** A seller of our own; `serve` gets the guarded handler and what was asked of it. */
    async sell(handler, options = {}) {
      const guarded = paywall({
        terms: { accepts: { network: chain.network, payTo: payee.address, price: '0.01 USD' }, description: 'The weather of tomorrow.' },
        ...{ facilitator: facilitator.url, store: memoryStore(), ...options },
      })(handler)
      const asked = []
      let lose = false
      const server = await listen((request, response) => {
        const payment = request.headers['payment-signature']
        asked.push({ method: request.method, payment })
        if (payment && lose) {
          lose = false
          // The seller does everything, and the answer breaks off. Whole connections that end Chromium tries again itself.
          const { writeHead } = response
          response.writeHead = (status) => {
            writeHead.call(response, status, { 'content-length': '1000' })
            response.flushHeaders()
            setTimeout(() => request.socket.destroy(), 50)
            return response
          }
        }
        return getRequestListener(guarded, { overrideGlobalObjects: false })(request, response)
      })
      const url = `${server.url.replace('127.0.0.1', 'localhost')}/paid`
      return { url, asked, payments: () => asked.flatMap(({ payment }) => payment ?? []), loseNext: () => (lose = true), stop: server.stop }
    },
    open,
    /** A page of another origin, which has `farthing` and the official client. */
    read: () => open(reader.url, { how: 'none' }),
    /** Where that site has a service worker that sells. */
    worker: WORKER,
    async stop() {
      await browser.close()
      for (const peer of [reader, facilitator, chain]) await peer.stop()
    },
  }
}

/** A service worker that sells `/paid` of its site. */
const SERVICE_WORKER = `import { memoryStore, paywall } from 'farthing/seller'
const paid = paywall({
  terms: { network: 'eip155:84532', payTo: '${payee.address}', price: '0.01 USD' },
  facilitator: location.origin + '/facilitator',
  store: memoryStore(),
})
const sell = paid(() => Response.json({ forecast: 'sun' }))
addEventListener('install', () => skipWaiting())
addEventListener('activate', (event) => event.waitUntil(clients.claim()))
addEventListener('fetch', (event) => {
  if (new URL(event.request.url).pathname === '/paid') event.respondWith(sell(event.request, event))
})`

/** A module bundled for a page. */
async function bundled(contents, resolveDir) {
  const { outputFiles } = await requireTool('esbuild').build({
    stdin: { contents, resolveDir },
    ...{ bundle: true, write: false, format: 'esm', platform: 'browser', target: 'es2022', nodePaths: [resolveDir] },
  })
  return outputFiles[0].text
}

/** Serves a page with the installed package, unbundled, and the official client, bundled; and a facilitator of its own. */
async function readerSite(facilitatorUrl) {
  const requirePeer = createRequire(new URL('../peers/package.json', import.meta.url))
  const peers = join(requirePeer.resolve('viem/package.json'), '../..')
  const official = await bundled(
    `export { wrapFetchWithPaymentFromConfig } from '@x402/fetch'
export { ExactEvmScheme } from '@x402/evm'
export { privateKeyToAccount } from 'viem/accounts'`,
    peers,
  )
  const worker = await bundled(SERVICE_WORKER, join(folder, 'node_modules'))
  const map = JSON.stringify({ imports: { farthing: '/node_modules/farthing/dist/entry/web.js', official: '/official.js' } })
  const html = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="importmap">${map}</script>`
  return listen(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://site').pathname)
    const answer = (type, content) =>
      void response.writeHead(200, { 'content-type': type, 'service-worker-allowed': '/' }).end(content)
    if (path.startsWith('/facilitator/')) {
      const body = (await readBody(request)).toString()
      const said = await fetch(`${facilitatorUrl}${path.slice('/facilitator'.length)}`, { method: 'POST', body })
      return answer(types['.json'], await said.text())
    }
    if (path === '/') return answer('text/html', html)
    if (path === '/official.js') return answer(types['.js'], official)
    // Beside the entry whose wasm it starts.
    if (path === WORKER) return answer(types['.js'], worker)
    const file = join(folder, path)
    if (!path.startsWith('/node_modules/farthing/') || !existsSync(file) || !statSync(file).isFile())
      return void response.writeHead(404).end()
    return answer(types[extname(file)] ?? 'text/plain', readFileSync(file))
  })
}
