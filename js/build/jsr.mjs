// The package as JSR takes it, from pkg/dist: target/js/jsr. JSR knows no conditions, so each entry is the one for web
// globals alone, and it wants to be told where the types of a JavaScript module are.
//   node js/build/jsr.mjs     makes the folder; `deno publish` in it publishes (tests/runtime/deno.test.mjs tries)
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { at, fail, filesBelow, scratch } from './step.mjs'

const manifest = JSON.parse(readFileSync(at('pkg/package.json'), 'utf8'))
const folder = `${scratch}/jsr`

if (!existsSync(at('pkg/dist'))) fail('pack first: node js/build/pack.mjs')
rmSync(folder, { recursive: true, force: true })
// What only other runtimes' entries import would be half of it.
const foreign = /_bg\.wasm$|\/(?:entry[^/]*|source)\/(?:node|edge|workerd)\b/
cpSync(at('pkg/dist'), `${folder}/dist`, { recursive: true, filter: (path) => !foreign.test(path) })
cpSync(at('pkg/README.md'), `${folder}/README.md`)
for (const file of filesBelow(folder)) if (file.endsWith('.d.ts')) stayAmongTypes(file)
const { exports } = configuration()
for (const entry of Object.values(exports)) tellTypes(`${folder}/${entry}`)
writeFileSync(`${folder}/deno.json`, JSON.stringify(configuration(), null, 2))
console.log(`jsr: ${folder}`)

/** Declarations that name declarations: Deno, which is told only where those of entries are, need not look at code. */
function stayAmongTypes(file) {
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace(/(from |import\()(['"])(\.[^'"]*)\.js\2/g, '$1$2$3.d.ts$2'))
}

/** On the first line, so that the source map still holds. */
function tellTypes(file) {
  const types = basename(file).replace(/\.js$/, '.d.ts')
  writeFileSync(file, `/* @ts-self-types="./${types}" */ ${readFileSync(file, 'utf8')}`)
}

function configuration() {
  const { name, version, license, exports } = manifest
  const entries = Object.entries(exports).filter(([path]) => path !== './package.json')
  return {
    name: `@${name}/${name}`,
    version,
    license,
    exports: Object.fromEntries(entries.map(([path, target]) => [path, target.deno?.default ?? target.default])),
    // The IndexedDB store names types that only pages have.
    compilerOptions: { lib: ['deno.window', 'dom'] },
    // `!dist`: git ignores what is built.
    publish: { include: ['dist', 'README.md'], exclude: ['!dist'] },
  }
}
