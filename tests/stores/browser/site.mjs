// A site in Chromium that uses the package as it is: `/farthing/<subpath>.js` is what `farthing/<subpath>` exports.
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, normalize } from 'node:path'
import { launchChromiumWith } from '../../browser/chromium.mjs'
import { installed } from '../package-under-test.mjs'

const here = new URL('./', import.meta.url)

/** Starts the site, and a browser with a profile on disk. Its tabs are pages of one person. */
export async function startSite() {
  const server = createServer(answer)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://localhost:${server.address().port}`
  const profile = mkdtempSync(join(tmpdir(), 'farthing-profile-'))
  const launch = () => launchChromiumWith(profile)
  let context = await launch()

  return {
    origin,
    /** Opens a page that has the functions of tab.js. */
    async tab() {
      const page = await context.newPage()
      page.on('console', (message) => console.log(`      page: ${message.text()}`))
      await page.goto(`${origin}/`)
      return page
    },
    /** Ends the renderer of a page without giving it a last word. */
    async crash(page) {
      const session = await context.newCDPSession(page)
      const crashed = page.waitForEvent('crash')
      // Nobody is left to answer the command, so its answer is not waited for.
      void session.send('Page.crash').catch(mustBeGone)
      await crashed
    },
    /** Ends the whole browser with SIGKILL and starts it again with what it left on disk. */
    async killBrowser() {
      const session = await context.browser().newBrowserCDPSession()
      const { processInfo } = await session.send('SystemInfo.getProcessInfo')
      const closed = once(context, 'close')
      process.kill(processInfo.find(({ type }) => type === 'browser').id, 'SIGKILL')
      await closed
      context = await launch()
    },
    /** A DevTools command on a page, for what no page can do to itself. */
    async command(page, method, params) {
      // The session stays: what it set ends with it.
      const session = await context.newCDPSession(page)
      await session.send(method, { origin, ...params })
    },
    async stop() {
      await context.close()
      server.closeAllConnections()
      server.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function answer(request, response) {
  const path = normalize(new URL(request.url, 'http://localhost').pathname)
  const send = (type, body) =>
    void response.writeHead(200, { 'content-type': type, 'access-control-allow-origin': '*' }).end(body)
  const sendScript = (body) => send('text/javascript', body)
  if (path === '/')
    return send(
      'text/html',
      '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/tab.js"></script>',
    )
  const subpath = /^\/farthing\/(.+)\.js$/.exec(path)?.[1]
  if (subpath) return sendScript(`export * from '/package/${exportOf(subpath)}'\n`)
  // The package of some later day: the same code, with a schema raised by one.
  const [, edition, file] = /^\/(package|next)\/(dist\/.+\.js)$/.exec(path) ?? []
  const source = edition ? join(installed(), 'node_modules/farthing', file) : new URL(`.${path}`, here)
  if (!path.endsWith('.js') || !existsSync(source)) return void response.writeHead(404).end()
  const text = readFileSync(source, 'utf8')
  sendScript(edition === 'next' ? text.replace('const schema = 1', 'const schema = 2') : text)
}

/** What a browser takes for `farthing/<subpath>`. */
function exportOf(subpath) {
  const { exports } = JSON.parse(readFileSync(join(installed(), 'node_modules/farthing/package.json'), 'utf8'))
  const target = exports[`./${subpath}`]
  return (typeof target === 'string' ? target : target.default).replace(/^\.\//, '')
}

function mustBeGone(error) {
  if (!/closed|crashed/i.test(error.message)) throw error
}
