// Cold start: a process, or an isolate, that has done nothing yet, until its first payment header.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundle } from '../../../js/build/size.mjs'
import { requireTool } from '../../runtime/harness/installed.mjs'
import { workerModules } from '../../runtime/harness/workerd.mjs'
import { installed } from '../../stores/package-under-test.mjs'
import { newFolder } from '../../stores/servers/place.mjs'
import { compare, orFew, summary } from '../compare.mjs'
import { contestants, fileOf, mustBePaid } from '../contestants.mjs'
import { farthingEntry, folder, side } from '../places.mjs'

const packages = ['@x402/fetch', 'x402-fetch', 'farthing']

// x402-fetch has CommonJS inside, which asks for Node's modules.
const banner = { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" }

/** In Node: `installed`, as npm left it, and `bundled`, each side as one file. */
export async function processes() {
  const found = { installed: [], bundled: [] }
  const place = newFolder('cold')
  for (const name of packages) {
    const whole = join(place, `${contestants[name].who}.mjs`)
    const options = { stdin: undefined, entryPoints: [fileOf(name)], platform: 'node', plugins: [], banner }
    writeFileSync(whole, await bundle(undefined, options))
    const files = { installed: moduleOf(name), bundled: pathToFileURL(whole).href }
    for (const [way, module] of Object.entries(files)) {
      await mustBePaid(name, first(name, module).payment)
      found[way].push({ name, run: () => first(name, module).header })
    }
  }
  // All of them take turns.
  const measured = await compare([...found.installed, ...found.bundled], { rounds: 10, warmUp: 1 })
  return { installed: measured.slice(0, packages.length), bundled: measured.slice(packages.length) }
}

// Its entry, which imports nothing else: one file fewer to read than ours beside the peers would have.
const moduleOf = (name) => (name === 'farthing' ? farthingEntry : pathToFileURL(fileOf(name)).href)

/** How long each payment of a young process takes: JavaScript gets fast by being run, WebAssembly starts fast. */
export async function youth() {
  const runs = Object.fromEntries(packages.map((name) => [name, []]))
  for (let round = 0; round < orFew(9, 1); round += 1) {
    for (const name of packages) runs[name].push(first(name, moduleOf(name), 200).each)
  }
  const stages = [
    [0, 1],
    [1, 10],
    [10, 50],
    [50, 200],
  ]
  return Object.entries(runs).map(([name, all]) => ({
    name,
    stages: stages.map(([from, to]) => summary(all.flatMap((each) => each.slice(from, to))).median * 1000),
  }))
}

function first(name, module, payments = 1) {
  const given = [side('first.mjs'), contestants[name].who, module, String(payments)]
  const ended = spawnSync(process.execPath, given, { encoding: 'utf8' })
  if (ended.status !== 0) throw new Error(`cannot start ${name}: ${ended.stderr}`)
  return JSON.parse(ended.stdout)
}

/** In workerd: a server with one Worker, from its start to the answer of its first request. */
export async function isolates() {
  const { Miniflare } = requireTool('miniflare')
  const empty = {
    script: 'export default { fetch: () => new Response("") }',
    modules: true,
    compatibilityDate: '2026-07-01',
  }
  const workers = { 'an empty Worker': empty }
  for (const name of packages) workers[name] = await workerOf(name)
  const answer = (name) => async (look) => {
    const isolate = new Miniflare(workers[name])
    const answered = await isolate.dispatchFetch('http://worker.test/')
    if (!answered.ok) throw new Error(`cannot pay inside workerd: ${await answered.text()}`)
    if (look) await mustBePaid(name, await answered.text())
    await isolate.dispose()
  }
  for (const name of packages) await answer(name)(true)
  const rows = Object.keys(workers).map((name) => ({ name, run: () => answer(name)() }))
  return compare(rows, { rounds: 12, warmUp: 1 })
}

/** Miniflare's options for a Worker that pays once for each request, and answers with the header. */
export async function workerOf(name) {
  const contents = `
    import * as packages from ${JSON.stringify(fileOf(name))}
    import * as payers from ${JSON.stringify(side('payers.mjs'))}
    import { url } from ${JSON.stringify(side('offer.mjs'))}
    let pay
    let header = ''
    export default {
      async fetch() {
        pay ??= payers.${contestants[name].who}(packages, (payment) => (header = payment))
        await (await pay)(url)
        return new Response(header, { status: header ? 200 : 500 })
      },
    }`
  const stdin = { contents, resolveDir: folder, sourcefile: 'worker.mjs' }
  const made = await workerModules({ stdin, minify: true, plugins: [nodeModules] }, installed())
  const compatibilityFlags = name === 'x402-fetch' ? ['nodejs_compat'] : []
  return { ...made, compatibilityDate: '2026-07-01', compatibilityFlags }
}

// x402-fetch brings Solana's client, which asks workerd for Node's events.
const nodeModules = {
  name: 'node-modules',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^(node:.*|events)$/ }, ({ path }) => ({
      path: path.startsWith('node:') ? path : `node:${path}`,
      external: true,
    })),
}
