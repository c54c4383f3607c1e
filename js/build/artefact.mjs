// One wasm module of the crate: cargo, the bindings, wasm-opt. The same bytes wherever the checkout lies.
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { at, environment, fail, outputOf, root, run, scratch, target } from './step.mjs'

export const generated = at('js/src/generated')

/** All of them, the payer first. How rustc optimises them stands in Cargo.toml, with figures. */
export const artefacts = [
  { name: 'farthing', features: 'wasm,local-signer,artefact' },
  { name: 'farthing_bls', features: 'wasm-bls,artefact', fast: true },
  { name: 'farthing_owner', features: 'wasm-owner,artefact' },
  { name: 'farthing_account', features: 'wasm-account,artefact' },
  // It recovers a payer for every sale: 42 µs less of 207 for 3.1 KB gzip.
  { name: 'farthing_seller', features: 'wasm-seller,artefact', profile: { 'package.k256.opt-level': 3 } },
  { name: 'farthing_sandbox', features: 'wasm-sandbox,artefact' },
]

// Whatever is longer than 8 bytes moves by one instruction instead of a load and a store for each 8: a tenth of every
// artefact (7.4 of 124 KB gzip of the payer), and no slower. Not for pairings, which copy field elements all the time.
const copyByInstruction = ['memcpy', 'memset', 'memmove'].map((name) => `-max-store-${name}=1`)

// Pointers that run beside a loop's counter save x86 an addition; here they are locals and code: 0.3 KB, and no faster.
const smaller = [...copyByInstruction, '-disable-lsr'].map((argument) => `-Cllvm-args=${argument}`)

// The standard library is the toolchain's. Built along (`-Zbuild-std=core,alloc`, panics that abort at once) the payer
// is another 2.5 KB smaller, by flags that no stable compiler promises and sources that every builder must have.

/** What there is of a module: glue, types, the wasm, and its raw deflate for where it is inlined. */
export const productsOf = (name) => [`${name}.js`, `${name}.d.ts`, `${name}_bg.wasm`, `${name}_bg.deflate`]

/** The programs that write the glue, and order and deflate a module: where they are. */
export function buildTools() {
  // Own profile, given here: the crate's dev profile optimises dependencies, which triples this build for a 0.1 s run.
  const profile = { inherits: '"release"', 'opt-level': 0, lto: false, 'codegen-units': 16, panic: '"unwind"' }
  const config = Object.entries(profile).flatMap(([key, value]) => ['--config', `profile.bindgen.${key}=${value}`])
  // But this one searches for seconds.
  config.push('--config', 'profile.bindgen.package.zopfli.opt-level=3')
  const args = ['build', '--quiet', '--package', 'farthing-bindgen', '--profile', 'bindgen', ...config]
  run('cargo', args, 'mend the build of js/build/bindgen: cargo failed above.')
  return `${target}/bindgen`
}

/** Builds one into js/src/generated. `fast` for what is better fast than small; `profile` changes that of a release. */
export function build({ name, features, fast, profile = {} }, tools) {
  mkdirSync(generated, { recursive: true })
  const started = Date.now()
  const args = [
    'rustc',
    '--quiet',
    '--lib',
    '--crate-type',
    'cdylib',
    '--target',
    'wasm32-unknown-unknown',
    '--release',
  ]
  const env = {
    ...environment,
    CARGO_ENCODED_RUSTFLAGS: remapFlags().join('\x1f'),
  }
  const changed = Object.entries(profile).flatMap(([key, value]) => ['--config', `profile.release.${key}=${value}`])
  // For the last crate alone: with fat LTO it compiles all the others.
  const last = fast ? [] : smaller
  run(
    'cargo',
    [...args, ...changed, '--no-default-features', '--features', features, '--', ...last],
    `mend the build of ${name}: cargo failed above.`,
    { env },
  )

  const bound = `${scratch}/${name}`
  rmSync(bound, { recursive: true, force: true })
  run(
    `${tools}/farthing-bindgen`,
    [`${target}/wasm32-unknown-unknown/release/farthing.wasm`, bound, name],
    `mend the bindings of ${name}.`,
  )
  const wasm = `${bound}/${name}_bg.wasm`
  optimiseWasm(wasm, fast)
  run(`${tools}/farthing-order`, [wasm, wasm], `mend the order of the functions of ${wasm}.`)
  refuseBuilderPaths(wasm)
  run(`${tools}/farthing-deflate`, [wasm, `${bound}/${name}_bg.deflate`], `mend the deflater of ${wasm}.`)
  for (const file of productsOf(name)) copyFileSync(`${bound}/${file}`, `${generated}/${file}`)
  console.log(`wasm: ${name} built in ${((Date.now() - started) / 1000).toFixed(1)} s`)
}

function optimiseWasm(file, fast) {
  // rustc emits these features by default; wasm-opt assumes none of them.
  const features = [
    'bulk-memory',
    'nontrapping-float-to-int',
    'reference-types',
    'multivalue',
    'sign-ext',
    'mutable-globals',
  ]
  // 1.4 KB gzip of the payer below -O3, and no slower. With 0.4 more it leaves functions with one caller as LLVM did,
  // and lets offsets of fields be part of a load: below address 1024 lies only the far end of the stack.
  const small = ['-Oz', '--one-caller-inline-max-function-size=0', '--low-memory-unused']
  const args = [
    ...(fast ? ['-O3'] : small),
    file,
    '-o',
    `${file}.opt`,
    '--strip-producers',
    ...features.map((feature) => `--enable-${feature}`),
  ]
  run('wasm-opt', args, 'run make setup: wasm-opt of the npm package binaryen failed.')
  renameSync(`${file}.opt`, file)
}

/** Paths that must not be in the binary, with what stands there instead. The last match wins in rustc. */
function builderPaths() {
  const cargoHome = process.env.CARGO_HOME ?? `${homedir()}/.cargo`
  const sysroot = outputOf('rustc', ['--print', 'sysroot'])
  const commit = /^commit-hash: (.+)$/m.exec(outputOf('rustc', ['-vV']))?.[1]
  return [
    [homedir(), '/home'],
    [cargoHome, '/cargo'],
    // With the component rust-src the standard library would otherwise show where it lies.
    [`${sysroot}/lib/rustlib/src/rust`, `/rustc/${commit}`],
    [root.replace(/\/$/, ''), '/farthing'],
  ].filter(([path]) => path.length > 1)
}

function remapFlags() {
  return builderPaths().map(([from, to]) => `--remap-path-prefix=${from}=${to}`)
}

function refuseBuilderPaths(file) {
  const text = readFileSync(file, 'latin1')
  const found = builderPaths().find(([path]) => text.includes(`${path}/`))
  if (found) fail(`remap ${found[0]} in js/build/artefact.mjs: the path is in ${file}.`)
}
