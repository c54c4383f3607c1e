// Where the packages under measurement are: farthing as its tarball installs, the peers as npm installed them.
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { at, scratch } from '../../js/build/step.mjs'
import { installed, load } from '../stores/package-under-test.mjs'
import { atExit } from '../stores/servers/place.mjs'

/** The namespace of `farthing/<subpath>`, for instance `stores/sqlite`. */
export { load }

/** A module of tests/bench/sides. */
export const side = (name) => at('tests/bench/sides', name)

/** The installed farthing. */
export const farthing = join(installed(), 'node_modules/farthing/dist')
const entry = (name) => pathToFileURL(join(farthing, name)).href
export const farthingEntry = entry('entry/node.js')
export const certificateEntry = entry('certificate.js')
export const verifierEntry = entry('entry-certificates/node.js')
export const accountEntry = entry('entry-4mica/node.js')

/** Where things are built that need not stay. */
export const folder = join(scratch, 'bench')

/** Packages that the sides import, by who brings them. */
const packages = {
  farthing: () => join(installed(), 'node_modules'),
  x402: () => at('js/node_modules'),
  'x402-v1': () => at('tests/peers/legacy/node_modules'),
  hand: () => at('tests/bench/peers/node_modules'),
}

const made = new Map()
/** A module of tests/bench/sides, as a path where the packages of `whose` are found: no node_modules is above it. */
export function beside(whose, name) {
  if (!made.has(whose)) {
    // One for each process: farthing is installed where no other process has it.
    const place = join(folder, `${whose}-${process.pid}`)
    atExit(() => rmSync(place, { recursive: true, force: true }))
    mkdirSync(place, { recursive: true })
    cpSync(at('tests/bench/sides'), place, { recursive: true })
    symlinkSync(packages[whose](), join(place, 'node_modules'))
    made.set(whose, place)
  }
  return join(made.get(whose), name)
}

/** The same of the official packages, as a URL to import. */
export const besidePeers = (name) => pathToFileURL(beside('x402', name)).href

let sellers
/** A module of tests/bench/sides/selling, as a path where farthing, hono and the official sellers are found. */
export function besideSellers(name) {
  sellers ??= sellersFolder()
  return join(sellers, name)
}

function sellersFolder() {
  const place = join(folder, `sellers-${process.pid}`)
  atExit(() => rmSync(place, { recursive: true, force: true }))
  mkdirSync(join(place, 'node_modules'), { recursive: true })
  cpSync(side('selling'), place, { recursive: true })
  const link = (name, target) => symlinkSync(target, join(place, 'node_modules', name))
  for (const name of ['hono', 'viem', '@hono', '@x402']) link(name, at('tests/peers/node_modules', name))
  link('farthing', join(installed(), 'node_modules/farthing'))
  return place
}

/** The glue of a wasm artefact, started. */
export async function glue(name) {
  const started = await import(entry(`generated/${name}.js`))
  started.initSync({ module: new WebAssembly.Module(readFileSync(join(farthing, `${name}_bg.wasm`))) })
  return started
}
