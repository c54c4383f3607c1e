// A person with a wallet in headless Chromium, and a server for what a bundler wrote.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { extname, join, normalize } from 'node:path'
import { inject, testWallet } from '../../browser/wallet.mjs'
import { listen } from '../../peers/http.mjs'
import { launchChromium } from '../../browser/chromium.mjs'

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
}

/** Opens the browser once. `buys` visits a page and waits until it has bought. */
export async function startBrowser() {
  const browser = await launchChromium()
  return {
    /** Returns what the page says of its purchase in `globalThis.bought`. Whatever the page complains of is a failure. */
    async buys(url, { chain, payer }) {
      const context = await browser.newContext()
      try {
        const page = await context.newPage()
        const complaints = []
        const wasm = []
        page.on('request', (request) => request.url().endsWith('.wasm') && wasm.push(request.url()))
        page.on('pageerror', (error) => complaints.push(error.stack ?? error.message))
        page.on('console', (message) => {
          // Chromium reports every 402 as an error; here it is the first half of a purchase.
          const complains = ['error', 'warning'].includes(message.type())
          if (complains && !message.text().includes('status of 402')) complaints.push(message.text())
        })
        await inject(page, testWallet(chain, payer.address), 'ethereum')
        await page.goto(url)
        const bought = await page
          .waitForFunction(() => globalThis.bought, undefined, { timeout: 30_000 })
          .then((handle) => handle.jsonValue(), (error) => complaints.push(error.message))
        assert.deepEqual(complaints, [])
        return { bought, wasm }
      } finally {
        await context.close()
      }
    },
    stop: () => browser.close(),
  }
}

/** Serves what a bundler wrote, and insists that its page buys once and fetches no wasm. */
export async function buysFrom(folder, page, { browser, market }) {
  const site = await serve(folder, page)
  try {
    const visit = () => browser.buys(site.url.replace('127.0.0.1', 'localhost'), market)
    assert.deepEqual(await market.paidFor(visit), { bought: 'settled', wasm: [] })
  } finally {
    await site.stop()
  }
}

/** Serves files as they lie in a folder, and `page` where there is no index.html. */
function serve(folder, page) {
  return listen((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://site').pathname))
    const file = join(folder, path === '/' ? 'index.html' : path)
    if (path === '/' && !existsSync(file)) return void response.writeHead(200, { 'content-type': 'text/html' }).end(page)
    if (!existsSync(file) || !statSync(file).isFile()) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' })
    response.end(readFileSync(file))
  })
}
