// The Rust crate in, js/src/generated/farthing* out: the wasm modules, each with its glue and types.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { artefacts, build, buildTools, generated, productsOf } from './artefact.mjs'
import { fail, hashOf, isFresh, kilobytes, outputOf, scratch, stampWith } from './step.mjs'

const inputs = [
  'src',
  'Cargo.toml',
  'Cargo.lock',
  'js/build/wasm.mjs',
  'js/build/artefact.mjs',
  'js/build/bindgen',
  'js/package-lock.json',
]
const hashNow = () => hashOf(inputs, outputOf('rustc', ['-vV']))
const products = artefacts.flatMap(({ name }) => productsOf(name).map((file) => `${generated}/${file}`))
const stamp = `${scratch}/wasm.stamp`

if (isFresh(stamp, hashNow(), products)) {
  console.log('wasm: unchanged')
} else {
  const tools = buildTools()
  for (const artefact of artefacts) build(artefact, tools)
  // After the build, because the first one writes Cargo.lock.
  stampWith(stamp, hashNow())
}
for (const { name } of artefacts) report(`${name}_bg.wasm`)

function report(file) {
  const path = `${generated}/${file}`
  if (!existsSync(path)) fail(`run make build: ${path} is missing.`)
  const bytes = readFileSync(path)
  const sizes = [
    `raw ${kilobytes(statSync(path).size)}`,
    `gzip ${kilobytes(gzipSync(bytes, { level: 9 }).length)}`,
    `brotli ${kilobytes(brotliCompressSync(bytes).length)}`,
  ]
  console.log(`wasm: ${file.padEnd(22)} ${sizes.join(', ')}`)
}
