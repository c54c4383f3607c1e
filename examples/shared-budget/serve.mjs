// worker.js in workerd, in a process of its own that can be killed. Options as JSON in argv[2]; prints its URL.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installTarball, requireTool } from '../../tests/runtime/harness/installed.mjs'
import { workerModules } from '../../tests/runtime/harness/workerd.mjs'

const { storage, bindings } = JSON.parse(process.argv[2])
const worker = fileURLToPath(new URL('worker.js', import.meta.url))
const { Miniflare } = requireTool('miniflare')
const server = new Miniflare({
  ...(await workerModules({ entryPoints: [worker], external: ['cloudflare:workers'] }, installTarball())),
  compatibilityDate: '2026-07-01',
  durableObjects: { PURCHASES: { className: 'FarthingStore', useSQLite: true } },
  durableObjectsPersist: join(storage, 'objects'),
  bindings,
})
console.log(String(await server.ready))
