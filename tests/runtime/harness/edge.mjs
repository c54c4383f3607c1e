// Runs a suite in Vercel's edge runtime: bundled with the package's `edge-light` entry, as Next does it. A module
// imported as `….wasm?module` arrives compiled, from the host; code may compile none itself.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installTarball, suiteUrl } from './installed.mjs'
import { bundleOf } from './bundle.mjs'
import { startSource } from './parts.mjs'

const requireRuntime = createRequire(new URL('../tools/package.json', import.meta.url))

/** Results of the suite. */
export async function runInEdge(suite, env = {}) {
  const { EdgeRuntime } = requireRuntime('edge-runtime')
  const { code, modules } = await edgeBundle(startSource(fileURLToPath(suiteUrl(suite))) + answering, installTarball())
  const runtime = new EdgeRuntime({ extend: (context) => forbidCompiling(Object.assign(context, modules)) })
  runtime.evaluate(code)
  const asked = { method: 'POST', body: JSON.stringify(env) }
  const answer = await runtime.dispatchFetch('https://edge.test/', asked)
  const text = await answer.text()
  return answer.ok ? JSON.parse(text) : [{ name: 'the suite runs', ok: false, error: text }]
}

const answering = `
addEventListener('fetch', (event) => {
  const answer = async () => {
    try {
      return Response.json(await start(await event.request.json()))
    } catch (thrown) {
      return new Response(String(thrown?.stack ?? thrown), { status: 500 })
    }
  }
  event.respondWith(answer())
})
`

async function edgeBundle(contents, folder) {
  const modules = {}
  const plugin = {
    name: 'edge-wasm',
    setup(build) {
      build.onResolve({ filter: /\.wasm(\?module)?$/ }, ({ path, resolveDir }) => ({
        path: resolve(resolveDir, path.replace('?module', '')),
        namespace: 'edge-wasm',
      }))
      build.onLoad({ filter: /.*/, namespace: 'edge-wasm' }, ({ path }) => {
        const name = basename(path, '.wasm')
        modules[name] = new WebAssembly.Module(readFileSync(path))
        return { contents: `export default globalThis.${name}` }
      })
    },
  }
  const conditions = ['edge-light', 'worker']
  return { code: await bundleOf(contents, folder, { conditions, plugins: [plugin] }), modules }
}

/** What Vercel does in production, and its runtime on a desk does not. */
function forbidCompiling(context) {
  const { WebAssembly } = globalThis
  const refuse = () => {
    throw new WebAssembly.CompileError('Wasm code generation disallowed by embedder')
  }
  const refuseLater = async () => refuse()
  const Module = new Proxy(WebAssembly.Module, { construct: refuse })
  const late = { compile: refuseLater, compileStreaming: refuseLater, instantiateStreaming: refuseLater }
  context.WebAssembly = Object.create(WebAssembly, Object.getOwnPropertyDescriptors({ ...late, Module }))
  return context
}
