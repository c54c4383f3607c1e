// Runs a suite inside a Worker: bundled with the package's `workerd` entry, its wasm left as modules, no nodejs_compat.
import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installTarball, requireTool, suiteUrl } from './installed.mjs'
import { startSource } from './parts.mjs'

/** Results of the suite, which finds a Durable Object namespace in `env.bindings.STORE`. */
export async function runInWorkerd(suite, env = {}) {
  const durableObjects = { STORE: { className: 'FarthingStore', useSQLite: true } }
  const { ok, text } = await callInWorkerd(suite, env, { durableObjects })
  return ok ? JSON.parse(text) : [{ name: 'the suite runs', ok: false, error: text }]
}

/** What the suite's `run` returned, as JSON text, or what it threw. */
export async function callInWorkerd(suite, env = {}, options = {}) {
  const { Miniflare } = requireTool('miniflare')
  const worker = new Miniflare({
    ...(await suiteModules(fileURLToPath(suiteUrl(suite)), installTarball())),
    compatibilityDate: '2026-07-01',
    ...options,
  })
  try {
    const answer = await worker.dispatchFetch('http://worker.test/', { method: 'POST', body: JSON.stringify(env) })
    return { ok: answer.ok, text: await answer.text() }
  } finally {
    await worker.dispose()
  }
}

const suiteModules = (suite, folder) =>
  workerModules({ stdin: { contents: workerSource(suite), resolveDir: folder, sourcefile: 'worker.mjs' } }, folder)

/** Miniflare's options for a Worker bundled by esbuild from `entry`, with the package installed in `folder`. */
export async function workerModules(entry, folder) {
  const wasm = new Map()
  const bundle = await requireTool('esbuild').build({
    ...entry,
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions: ['workerd', 'worker'],
    nodePaths: [resolve(folder, 'node_modules'), ...(entry.nodePaths ?? [])],
    external: ['cloudflare:workers', ...(entry.external ?? [])],
    plugins: [
      { name: 'wasm-modules', setup: (build) => build.onResolve({ filter: /\.wasm$/ }, keepModule) },
      ...(entry.plugins ?? []),
    ],
  })
  function keepModule({ path, resolveDir }) {
    const name = `./${basename(path)}`
    wasm.set(name, readFileSync(resolve(resolveDir, path)))
    return { path: name, external: true }
  }
  const modules = [
    { type: 'ESModule', path: '/worker.mjs', contents: bundle.outputFiles[0].text },
    ...[...wasm].map(([name, contents]) => ({ type: 'CompiledWasm', path: resolve('/', name), contents })),
  ]
  return { modules, modulesRoot: '/' }
}

const workerSource = (suite) => `${startSource(suite)}
export { FarthingStore } from 'farthing/stores/durable-object'
export default {
  async fetch(request, bindings) {
    try {
      return Response.json(await start({ ...(await request.json()), bindings }))
    } catch (thrown) {
      return new Response(String(thrown?.stack ?? thrown), { status: 500 })
    }
  },
}
`
