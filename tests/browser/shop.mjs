// Everything around the page: chain, official seller, Chromium, and a static server for examples/browser as a visitor
// gets it after `npm install farthing`: files as they are, no bundler.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { accounts, startChain } from '../peers/chain.mjs'
import { listen } from '../peers/http.mjs'
import { startFacilitatorV2, startSellerV2 } from '../peers/x402-v2.mjs'
import { installTarball } from '../runtime/harness/installed.mjs'
import { launchChromium } from './chromium.mjs'
import { inject, testWallet } from './wallet.mjs'

const example = fileURLToPath(new URL('../../examples/browser/', import.meta.url))
const types = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.wasm': 'application/wasm' }

export const [, payer, payee, stranger] = accounts

/** Starts all of it. `open` gives a page with its own wallet; `stop` ends everything. */
export async function startShop() {
  const chain = await startChain()
  await chain.mint(payer.address, 10_000_000n)
  const facilitator = await startFacilitatorV2(chain)
  const startSeller = (options) =>
    startSellerV2({ chain, facilitatorUrl: facilitator.url, payTo: payee.address, ...options })
  const seller = await startSeller()
  const site = await serve(installTarball())
  const browser = await launchChromium()
  return {
    chain,
    seller,
    startSeller,
    paid: () => chain.balanceOf(payee.address),
    /** A visitor of their own: wallet, page, and what the browser complained about. */
    async open({
      context: options = {},
      url = `${seller.url}/paid`,
      how,
      wallet = testWallet(chain, payer.address),
    } = {}) {
      const context = await browser.newContext(options)
      const page = await context.newPage()
      const complaints = []
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (message) => {
        // Chromium reports every 402 as an error; here it is the first half of a purchase.
        if (message.type() === 'error' && !message.text().includes('status of 402')) complaints.push(message.text())
      })
      await inject(page, wallet, how)
      await page.goto(`${site.url.replace('127.0.0.1', 'localhost')}/?url=${encodeURIComponent(url)}`)
      return { page, wallet, complaints, close: () => context.close() }
    },
    async stop() {
      await browser.close()
      for (const peer of [site, seller, facilitator, chain]) await peer.stop()
    },
  }
}

function serve(installed) {
  return listen((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://site').pathname))
    const file = join(path.startsWith('/node_modules/') ? installed : example, path === '/' ? 'index.html' : path)
    if (!existsSync(file) || !statSync(file).isFile()) return void response.writeHead(404).end()
    response
      .writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' })
      .end(readFileSync(file))
  })
}
