// Somebody else's empty project with the packed tarball in it, and what Node, TypeScript and a bundler make
// of its files.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { installTarball, requireTool } from '../runtime/harness/installed.mjs'

/** The project's folder. */
export const project = installTarball()
/** The package in it, and its manifest. */
export const installed = join(project, 'node_modules/farthing')
export const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))

/** Source that counts, as `compiled`, the modules that WebAssembly compiles from then on, by whichever way. */
export const countingModules = `let compiled = 0
for (const name of ['compile', 'instantiate', 'Module']) {
  const count = (use) => (original, ...given) => ((compiled += 1), use(original, ...given))
  const traps = { apply: count(Reflect.apply), construct: count(Reflect.construct) }
  WebAssembly[name] = new Proxy(WebAssembly[name], traps)
}
`

/** Runs a module of this source in Node, and returns everything it said. */
export function runModule(name, source) {
  writeFileSync(join(project, name), source)
  return run([name])
}

function run(args) {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' })
  return { status, output: `${stdout}${stderr}${error ?? ''}` }
}

const strict = {
  target: 'ES2022',
  lib: ['ES2022', 'DOM'],
  types: [],
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
}
const tsc = join(dirname(requireTool.resolve('typescript/package.json')), 'bin/tsc')

/** Type-checks files of the project in one run. */
export function check(sources, options) {
  for (const [name, source] of Object.entries(sources)) writeFileSync(join(project, name), source)
  const settings = { compilerOptions: { ...strict, ...options }, files: Object.keys(sources) }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(settings))
  return run([tsc, '--project', 'tsconfig.json'])
}

/** `module` and `moduleResolution` that a consumer may have. */
export const resolutions = [
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
]

/** What esbuild makes of a module of this source, and the files it read. */
export async function bundle(contents, options = {}) {
  const { outputFiles, metafile } = await requireTool('esbuild').build({
    stdin: { contents, resolveDir: project },
    bundle: true,
    write: false,
    outdir: project,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    ...options,
  })
  return { text: outputFiles[0].text, inputs: Object.keys(metafile.inputs) }
}

/** How often the artefact's wasm, inlined as the package has it, is in a bundle. */
export function inlinedIn(text, artefact) {
  const [, inlined] = /'(.+)'/.exec(readFileSync(join(installed, `dist/${artefact}.wasm.js`), 'utf8'))
  return text.split(inlined).length - 1
}

/** esbuild's options for a Worker: its wasm stays a module. */
export const forWorkers = { conditions: ['workerd', 'worker'], external: ['*.wasm'] }

// Things of Node, and what a strict CSP forbids.
const foreign = [
  /\bBuffer\b/,
  /\bprocess\??[.[]\w/,
  /["'`]node:/,
  /\brequire\(/,
  /\beval\(/,
  /new Function\b/,
  /__dirname/,
]

/** Insists that a bundle for pages or Workers has nothing that is foreign there, nor any of `others`. */
export function assertAtHome(text, ...others) {
  for (const word of [...foreign, ...others]) {
    const at = text.search(word)
    assert.equal(at, -1, `${word}: …${text.slice(Math.max(0, at - 60), at + 60)}…`)
  }
}
