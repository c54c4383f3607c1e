// Runs a suite in a Chromium page that loads the installed package as it is: an import map, no bundler, a strict CSP.
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installTarball, report, requireTool, runFromCommandLine, suiteUrl } from './installed.mjs'

const types = {
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.map': 'application/json',
}
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']

/**
 * True when every test passed; also sets the exit code. `env` may be a function of the page's origin.
 * `options.mounts` serves more on that origin: a path prefix to a node request listener.
 * `options.prepare` gets the Playwright page before the suite starts.
 */
export async function runInChromium(suite, env = {}, { mounts = {}, prepare } = {}) {
  const server = await serve(await filesFor(fileURLToPath(suiteUrl(suite)), installTarball()), mounts)
  const origin = `http://localhost:${server.address().port}`
  const browser = await requireTool('playwright-core').chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: [...flags, '--disable-component-update', '--disable-sync'],
  })
  try {
    const page = await browser.newPage()
    page.on('console', (message) => {
      // Chromium reports every 402 as an error; here it is the first half of a purchase.
      if (!message.text().includes('status of 402')) console.log(`      page: ${message.text()}`)
    })
    const crashes = []
    page.on('pageerror', (error) => crashes.push({ name: 'ends cleanly', ok: false, error: error.message }))
    await prepare?.(page)
    await page.goto(`${origin}/`)
    const start = async (given) => {
      const [farthing, { run }] = await Promise.all([import('farthing'), import('/suite.js')])
      const parts = {
        owner: () => import('farthing/owner'),
        account: () => import('farthing/4mica'),
        sandbox: () => import('farthing/sandbox'),
        seller: () => import('farthing/seller'),
      }
      return run(farthing, given, parts)
    }
    const given = typeof env === 'function' ? env(origin) : env
    const results = await page
      .evaluate(start, given)
      .catch((error) => [{ name: 'the suite runs', ok: false, error: error.message }])
    return report('chromium', [...results, ...crashes])
  } finally {
    await browser.close()
    server.closeAllConnections()
    server.close()
  }
}

async function filesFor(suite, folder) {
  const bundle = await requireTool('esbuild').build({
    entryPoints: [suite],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    external: ['farthing', 'farthing/*'],
  })
  const manifest = JSON.parse(readFileSync(join(folder, 'node_modules/farthing/package.json'), 'utf8'))
  const imports = Object.entries(manifest.exports).map(([path, target]) => [
    join('farthing', path),
    join('/node_modules/farthing', browserTarget(target)),
  ])
  const nonce = 'bm9uY2U'
  const map = JSON.stringify({ imports: Object.fromEntries(imports) })
  return {
    folder,
    suite: bundle.outputFiles[0].text,
    page: `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="importmap" nonce="${nonce}">${map}</script>`,
    // The policy that the README promises: no eval, only wasm.
    policy: `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'nonce-${nonce}'; img-src data:; worker-src 'self'; connect-src *`,
  }
}

/** What a browser takes from one entry of `exports`: the first condition it knows. */
function browserTarget(target) {
  if (typeof target === 'string') return target
  const known = Object.keys(target).find((condition) => ['browser', 'import', 'default'].includes(condition))
  return browserTarget(target[known])
}

async function serve({ folder, suite, page, policy }, mounts) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname)
    const mount = Object.keys(mounts).find((prefix) => path.startsWith(prefix))
    if (mount) return mounts[mount](request, response)
    if (path === '/')
      return response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy }).end(page)
    if (path === '/suite.js') return response.writeHead(200, { 'content-type': types['.js'] }).end(suite)
    const file = join(folder, path)
    if (!path.startsWith('/node_modules/farthing/') || !existsSync(file)) return response.writeHead(404).end()
    response.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/plain' }).end(readFileSync(file))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

await runFromCommandLine(import.meta, (suite, env) => runInChromium(suite, env))
