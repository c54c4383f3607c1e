// Cold start: a process, or an isolate, that has done nothing yet, until its first payment header.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundle } from '../../../js/build/size.mjs'
import { requireTool } from '../../runtime/harness/installed.mjs'
import { compare, summary } from '../compare.mjs'
import { besidePeers, farthing, farthingEntry, folder, side } from '../places.mjs'

/** In Node: as installed, and with each side bundled to one file. */
export async function processes() {
  const peer = besidePeers('peer.mjs')
  // Beside the original entry, so that the wasm is where the bundle looks for it.
  const [ourFile, theirFile] = [join(farthing, 'entry/bundled.js'), join(folder, 'bundled.mjs')]
  const forNode = { platform: 'node' }
  writeFileSync(ourFile, await bundle(`export * from ${JSON.stringify(join(farthing, 'entry/node.js'))}`, forNode))
  writeFileSync(theirFile, await bundle(readFileSync(side('peer.mjs'), 'utf8'), forNode))
  return compare(
    [
      { name: '@x402/fetch, as installed', run: () => start('theirs', peer) },
      { name: 'farthing, as installed', run: () => start('ours', farthingEntry) },
      { name: '@x402/fetch, one file', run: () => start('theirs', pathToFileURL(theirFile).href) },
      { name: 'farthing, one file', run: () => start('ours', pathToFileURL(ourFile).href) },
    ],
    { rounds: 12, warmUp: 1 },
  )
}

/** How long each payment of a young process takes: JavaScript gets fast by being run, WebAssembly starts fast. */
export async function youth() {
  const contestants = [
    { name: '@x402/fetch', who: 'theirs', module: besidePeers('peer.mjs'), runs: [] },
    { name: 'farthing', who: 'ours', module: farthingEntry, runs: [] },
  ]
  for (let round = 0; round < 9; round += 1) {
    for (const { who, module, runs } of contestants) runs.push(first(who, module, 200).each)
  }
  const stages = [
    [0, 1],
    [1, 10],
    [10, 50],
    [50, 200],
  ]
  return contestants.map(({ name, runs }) => ({
    name,
    stages: stages.map(([from, to]) => summary(runs.flatMap((each) => each.slice(from, to))).median * 1000),
  }))
}

const start = (who, module) => first(who, module).header

function first(who, module, payments = 1) {
  const ended = spawnSync(process.execPath, [side('first.mjs'), who, module, String(payments)], { encoding: 'utf8' })
  if (ended.status !== 0) throw new Error(`cannot start ${who}: ${ended.stderr}`)
  return JSON.parse(ended.stdout)
}

/** In workerd: a server with one Worker, from its start to the answer of its first request. */
export async function isolates() {
  const { Miniflare } = requireTool('miniflare')
  const empty = [{ type: 'ESModule', path: '/empty.mjs', contents: 'export default { fetch: () => new Response("") }' }]
  const workers = {
    'an empty Worker': empty,
    '@x402/fetch': await worker('theirs', side('peer.mjs')),
    farthing: await worker('ours', join(farthing, 'entry/workerd.js')),
  }
  const answer = (modules) => async () => {
    const isolate = new Miniflare({ modules, modulesRoot: '/', compatibilityDate: '2026-07-01' })
    const answered = await isolate.dispatchFetch('http://worker.test/')
    if (!answered.ok) throw new Error(`cannot pay inside workerd: ${await answered.text()}`)
    await isolate.dispose()
  }
  const contestants = Object.entries(workers).map(([name, modules]) => ({ name, run: answer(modules) }))
  return compare(contestants, { rounds: 20, warmUp: 2 })
}

async function worker(who, module) {
  const wasm = new Map()
  const keep = ({ path, resolveDir }) => {
    const name = `./${basename(path)}`
    wasm.set(name, readFileSync(resolve(resolveDir, path)))
    return { path: name, external: true }
  }
  const contents = await bundle(
    `
    import * as packages from ${JSON.stringify(module)}
    import { ours, theirs } from ${JSON.stringify(side('payers.mjs'))}
    import { url } from ${JSON.stringify(side('offer.mjs'))}
    export default {
      async fetch() {
        let header = ''
        const pay = await ${who}(packages, (payment) => (header = payment))
        await pay(url)
        return new Response(header, { status: header ? 200 : 500 })
      },
    }`,
    {
      nodePaths: [join(folder, 'node_modules')],
      conditions: ['workerd', 'worker'],
      plugins: [{ name: 'wasm-modules', setup: (build) => build.onResolve({ filter: /\.wasm$/ }, keep) }],
    },
  )
  return [
    { type: 'ESModule', path: `/${who}.mjs`, contents: new TextDecoder().decode(contents) },
    ...[...wasm].map(([name, bytes]) => ({ type: 'CompiledWasm', path: resolve('/', name), contents: bytes })),
  ]
}
