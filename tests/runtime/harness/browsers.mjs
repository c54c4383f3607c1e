// Runs a suite in a browser that exists on this machine. Each driver only starts it, opens a page and ends it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { launchChromium } from '../../browser/chromium.mjs'
import { startSite } from './site.mjs'

const requireDriver = createRequire(new URL('../tools/package.json', import.meta.url))
const MINI_BROWSER = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser'

/** Results of the suite in a browser, at a path of the site (see site.mjs). */
export async function runInBrowser(name, suite, env = {}, path = '/') {
  const site = await startSite(suite)
  try {
    const browser = await drivers[name]()
    try {
      return await site.visited(path, env, browser.visit)
    } finally {
      await browser.stop()
    }
  } finally {
    site.stop()
  }
}

const drivers = {
  async chromium() {
    const browser = await launchChromium()
    return {
      async visit(url) {
        const page = await browser.newPage()
        page.on('console', (message) => {
          // Chromium reports every 402 as an error; here it is the first half of a purchase.
          if (!message.text().includes('status of 402')) console.log(`      page: ${message.text()}`)
        })
        await page.goto(url)
      },
      stop: () => browser.close(),
    }
  },

  async firefox() {
    const browser = await requireDriver('puppeteer-core').launch({
      browser: 'firefox',
      executablePath: process.env.FIREFOX || '/usr/bin/firefox-esr',
      headless: true,
    })
    return {
      async visit(url) {
        const page = await browser.newPage()
        page.on('console', (message) => console.log(`      page: ${message.text()}`))
        await page.goto(url)
      },
      stop: () => browser.close(),
    }
  },

  async webkit() {
    const port = await freePort()
    const args = ['-a', 'WebKitWebDriver', `--port=${port}`, '--host=127.0.0.1']
    // A group of its own, so that ending it ends the screen and the browser too.
    const driver = spawn('xvfb-run', args, { detached: true, stdio: 'ignore' })
    const failed = new Promise((_, reject) => driver.once('error', reject))
    const ask = (method, path, body) => askDriver(`http://127.0.0.1:${port}${path}`, method, body)
    const stop = () => process.kill(-driver.pid, 'SIGTERM')
    try {
      await Promise.race([failed, ready(() => ask('GET', '/status'))])
      const options = { binary: process.env.MINI_BROWSER || MINI_BROWSER, args: ['--automation'] }
      const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': options } }
      const { sessionId } = await ask('POST', '/session', { capabilities })
      return {
        visit: (url) => ask('POST', `/session/${sessionId}/url`, { url }),
        async stop() {
          await ask('DELETE', `/session/${sessionId}`)
          stop()
        },
      }
    } catch (thrown) {
      stop()
      throw thrown
    }
  },
}

async function askDriver(url, method, body) {
  const answer = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) })
  const { value } = await answer.json()
  if (!answer.ok) throw new Error(`cannot drive WebKit: ${value?.message ?? answer.status}`)
  return value
}

/** Waits until `look` stops throwing. */
async function ready(look) {
  for (let left = 100; ; left -= 1) {
    try {
      return await look()
    } catch (thrown) {
      if (left === 0) throw thrown
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}

async function freePort() {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}
