// Builds the payer once more, from a copy of the sources elsewhere and from clean, and compares: who builds a release again
// gets the bytes that npm has.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { artefacts, buildTools, generated, productsOf } from './artefact.mjs'
import { at, environment, fail, filesBelow } from './step.mjs'

const [payer] = artefacts
const products = productsOf(payer.name)

// The same programs write the glue: they take a minute to build and see nothing of the sources.
const tools = buildTools()
const folder = mkdtempSync(join(tmpdir(), 'farthing-reproduce-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const copy = join(folder, 'another/checkout')
for (const path of ['Cargo.toml', 'Cargo.lock', 'src', 'js/build']) {
  for (const file of filesBelow(at(path))) cpSync(file, join(copy, file.slice(at().length)))
}
// Cargo wants to see every target that the manifest names.
for (const [, path] of readFileSync(at('Cargo.toml'), 'utf8').matchAll(/^path = "(.+)"$/gm)) {
  mkdirSync(dirname(join(copy, path)), { recursive: true })
  writeFileSync(join(copy, path), '')
}

// The copy's own steps: they find their sources beside them.
process.env.PATH = environment.PATH
process.env.CARGO_TARGET_DIR = join(folder, 'target')
const again = await import(pathToFileURL(join(copy, 'js/build/artefact.mjs')).href)
again.build(payer, tools)

for (const product of products) {
  const [ours, theirs] = [generated, again.generated].map((place) => readFileSync(join(place, product)))
  if (!ours.equals(theirs)) {
    const advice = 'run make build, and if they still differ look for what of the builder is in it'
    fail(`${advice}: ${product} of another checkout is not the same.`)
  }
}
console.log(`reproduce: ${products.join(', ')} are the same from ${copy}`)
