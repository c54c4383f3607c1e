// Where the packages under measurement are: farthing as its tarball installs, the peers as npm installed them.
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { at, scratch } from '../../js/build/step.mjs'
import { installed, load } from '../stores/package-under-test.mjs'

/** The namespace of `farthing/<subpath>`, for instance `stores/sqlite`. */
export { load }

/** A module of tests/bench/sides. */
export const side = (name) => at('tests/bench/sides', name)

/** The installed farthing. */
export const farthing = join(installed(), 'node_modules/farthing/dist')
const entry = (name) => pathToFileURL(join(farthing, name)).href
export const farthingEntry = entry('entry/node.js')
export const certificateEntry = entry('certificate.js')
export const accountEntry = entry('entry-4mica/node.js')

/** A folder from which the peers can be imported: js/node_modules is no parent of this one. */
export const folder = join(scratch, 'bench')
mkdirSync(folder, { recursive: true })
if (!existsSync(join(folder, 'node_modules'))) symlinkSync(at('js/node_modules'), join(folder, 'node_modules'))

/** The same, as a URL to import, where its peers are found. */
export function besidePeers(name) {
  copyFileSync(side(name), join(folder, name))
  return pathToFileURL(join(folder, name)).href
}

let sellers
/** A module of tests/bench/sides/selling, as a path where farthing, hono and the official sellers are found. */
export function besideSellers(name) {
  sellers ??= sellersFolder()
  return join(sellers, name)
}

function sellersFolder() {
  // One for each process: farthing is installed where no other process has it.
  const made = join(folder, `sellers-${process.pid}`)
  process.on('exit', () => rmSync(made, { recursive: true, force: true }))
  mkdirSync(join(made, 'node_modules'), { recursive: true })
  cpSync(side('selling'), made, { recursive: true })
  const link = (name, target) => symlinkSync(target, join(made, 'node_modules', name))
  for (const name of ['hono', 'viem', '@hono', '@x402']) link(name, at('tests/peers/node_modules', name))
  link('farthing', join(installed(), 'node_modules/farthing'))
  return made
}

/** The glue of a wasm artefact, started. */
export async function glue(name) {
  const started = await import(entry(`generated/${name}.js`))
  started.initSync({ module: new WebAssembly.Module(readFileSync(join(farthing, `${name}_bg.wasm`))) })
  return started
}
