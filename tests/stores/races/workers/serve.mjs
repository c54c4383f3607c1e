// Two Workers and their one Durable Object in workerd. argv[2]: { folder, storage } as JSON; prints the URL.
import { fileURLToPath } from 'node:url'
import { requireTool } from '../../../runtime/harness/installed.mjs'
import { workerModules } from '../../../runtime/harness/workerd.mjs'

const { folder, storage } = JSON.parse(process.argv[2])
const entry = fileURLToPath(new URL('worker.mjs', import.meta.url))
const { Miniflare } = requireTool('miniflare')
const script = {
  ...(await workerModules({ entryPoints: [entry], external: ['cloudflare:workers'] }, folder)),
  compatibilityDate: '2026-07-01',
}
const object = { className: 'FarthingStore', useSQLite: true }
const server = new Miniflare({
  durableObjectsPersist: storage,
  workers: [
    { ...script, name: 'first', durableObjects: { PURCHASES: object }, serviceBindings: { SECOND: 'second' } },
    { ...script, name: 'second', durableObjects: { PURCHASES: { ...object, scriptName: 'first' } } },
  ],
})
// The test is gone, however it ended: nothing of ours outlives it.
process.stdin.resume().once('end', () => server.dispose())
console.log(String(await server.ready))
