// The package that the store tests import: the packed tarball, or a tsc output named by FARTHING_DIST.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { installTarball } from '../runtime/harness/installed.mjs'

let made

/** A folder whose `node_modules/farthing` is the package; removed when the process ends. */
export function installed() {
  made ??= process.env.FARTHING_DIST ? installOutput(resolve(process.env.FARTHING_DIST)) : installTarball()
  return made
}

/** The namespace of `farthing/<subpath>`, for instance `stores/sqlite`; `index` is the package's main entry. */
export async function load(subpath) {
  const loader = join(installed(), 'load.mjs')
  if (!existsSync(loader)) writeFileSync(loader, 'export const load = (name) => import(name)\n')
  const { load: inside } = await import(pathToFileURL(loader).href)
  return inside(nameOf(subpath))
}

/** The specifier a user would import. */
export const nameOf = (subpath) => (subpath === 'index' ? 'farthing' : `farthing/${subpath}`)

function installOutput(dist) {
  if (!existsSync(join(dist, 'store'))) throw new Error(`cannot test ${dist}: it is no output of tsc`)
  const folder = mkdtempSync(join(tmpdir(), 'farthing-output-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const home = join(folder, 'node_modules/farthing')
  mkdirSync(home, { recursive: true })
  symlinkSync(dist, join(home, 'dist'))
  const manifest = { name: 'farthing', type: 'module', exports: { '.': mainOf(dist), ...subpathsOf(dist) } }
  writeFileSync(join(home, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  return folder
}

// An output of the stores alone has no entry; of the package's main names the store tests use only memoryStore.
const mainOf = (dist) => (existsSync(join(dist, 'entry')) ? './dist/entry/node.js' : './dist/store/memory.js')

/** `store/<name>.js` and `store/<name>/index.js` are `farthing/stores/<name>`, as in pkg/package.json. */
function subpathsOf(dist) {
  const stores = readdirSync(join(dist, 'store'), { withFileTypes: true }).flatMap((entry) => {
    const file = entry.isDirectory() ? `${entry.name}/index.js` : entry.name
    if (!file.endsWith('.js') || !existsSync(join(dist, 'store', file))) return []
    return [[`./stores/${basename(entry.name, '.js')}`, `./dist/store/${file}`]]
  })
  return { ...Object.fromEntries(stores), './store-conformance': './dist/store-conformance/index.js' }
}
