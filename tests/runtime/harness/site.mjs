// The site that browsers visit: the installed package as it is under an import map, the suite, strict policies. A page
// runs the suite and posts its results back, so that a browser need only be told where to go.
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleOf } from './bundle.mjs'
import { installTarball, requireTool, suiteUrl } from './installed.mjs'
import { startSource } from './parts.mjs'

const types = {
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.map': 'application/json',
}
const PATIENCE_MS = 240_000
const NONCE = 'bm9uY2U'

// The policy that the README promises: no eval, only wasm.
const strict = (wasm = "'wasm-unsafe-eval'") =>
  `default-src 'none'; script-src 'self' ${wasm} 'nonce-${NONCE}'; img-src data:; worker-src 'self'; connect-src *`
const trusted = "require-trusted-types-for 'script'; trusted-types 'none'"

/** Pages by path: the script of `pages/` that runs there, and under which policy. */
const pages = {
  '/': { script: 'page.js', policy: `${strict()}; ${trusted}` },
  '/worker': { script: 'worker-page.js', policy: strict() },
  '/service': { script: 'service-page.js', policy: strict() },
  '/modules': { script: 'modules.js', policy: strict() },
  '/forbidden': { script: 'forbidden.js', policy: strict('') },
}

/** Starts the site. `visited(path, env, visit)` has `visit` open the page, and gives the results that it posts. */
export async function startSite(suite) {
  const folder = installTarball()
  const scripts = await scriptsOf(fileURLToPath(suiteUrl(suite)), folder)
  const map = JSON.stringify({ imports: importsOf(folder) })
  let given
  let posted

  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname)
    const send = (type, body, more) => response.writeHead(200, { 'content-type': type, ...more }).end(body)
    if (pages[path]) {
      const { script, policy } = pages[path]
      const head = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">`
      const maps = `<script type="importmap" nonce="${NONCE}">${map}</script>`
      const html = `${head}${maps}<body><script type="module" src="/pages/${script}"></script>`
      return send('text/html', html, { 'content-security-policy': policy })
    }
    if (path === '/env') return send(types['.json'], JSON.stringify(given))
    if (path === '/results') {
      const chunks = await request.toArray()
      posted(JSON.parse(Buffer.concat(chunks).toString()))
      return response.writeHead(204).end()
    }
    if (scripts[path]) return send(types['.js'], scripts[path])
    const inPackage = path.startsWith('/node_modules/farthing/')
    const file = inPackage ? join(folder, path) : fileURLToPath(new URL(`.${path}`, import.meta.url))
    if (!(inPackage || path.startsWith('/pages/')) || !existsSync(file)) return response.writeHead(404).end()
    return send(types[extname(path)] ?? 'text/plain', readFileSync(file))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://localhost:${server.address().port}`

  return {
    async visited(path, env, visit) {
      given = env
      let timer
      const results = new Promise((resolve, reject) => {
        posted = resolve
        timer = setTimeout(() => reject(new Error(`nothing came back from ${path}`)), PATIENCE_MS)
      })
      try {
        await Promise.race([visit(`${origin}${path}`), results])
        return await results
      } catch (thrown) {
        return [{ name: 'the suite runs', ok: false, error: String(thrown?.stack ?? thrown) }]
      } finally {
        clearTimeout(timer)
      }
    },
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function scriptsOf(suite, folder) {
  const bundle = await requireTool('esbuild').build({
    entryPoints: [suite],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    external: ['farthing', 'farthing/*'],
  })
  // Import maps do not hold in workers.
  const inWorker = await bundleOf(`${startSource(suite)}self.start = start`, folder, { conditions: ['browser'] })
  const pageScript = (name) => readFileSync(new URL(`pages/${name}`, import.meta.url), 'utf8')
  return {
    '/suite.js': bundle.outputFiles[0].text,
    '/start.js': startSource('/suite.js'),
    '/worker.js': inWorker + pageScript('worker.js'),
    '/service-worker.js': inWorker + pageScript('service-worker.js'),
  }
}

function importsOf(folder) {
  const { exports } = JSON.parse(readFileSync(join(folder, 'node_modules/farthing/package.json'), 'utf8'))
  return Object.fromEntries(
    Object.entries(exports).map(([path, target]) => [
      join('farthing', path),
      join('/node_modules/farthing', browserTarget(target)),
    ]),
  )
}

/** What a browser takes from one entry of `exports`: the first condition it knows. */
function browserTarget(target) {
  if (typeof target === 'string') return target
  const known = Object.keys(target).find((condition) => ['browser', 'import', 'default'].includes(condition))
  return browserTarget(target[known])
}
