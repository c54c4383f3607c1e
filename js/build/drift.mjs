// Facts that stand in two places, compared. What Rust writes (docs/errors.md, js/src/generated) is not compared here:
// `cargo test` does (tests/core/generated.rs), where the types it is written from are.
import { readFileSync } from 'node:fs'
import { at, manifestValue } from './step.mjs'

/** One sentence for each version that differs from its twin. */
export function versionDrifts() {
  const version = manifestValue('Cargo.toml', 'version')
  const manifest = JSON.parse(readFileSync(at('pkg/package.json'), 'utf8'))
  const bound = manifestValue('Cargo.toml', 'wasm-bindgen')
  const binder = manifestValue('js/build/bindgen/Cargo.toml', 'wasm-bindgen-cli-support')
  return [
    version !== manifest.version &&
      `set one version: Cargo.toml says ${version}, pkg/package.json says ${manifest.version}.`,
    bound !== binder && `pin one wasm-bindgen: Cargo.toml says ${bound}, js/build/bindgen/Cargo.toml says ${binder}.`,
    manifest.dependencies && 'remove the dependencies of pkg/package.json: farthing has none.',
  ].filter(Boolean)
}

if (import.meta.filename === process.argv[1]) {
  const drifts = versionDrifts()
  for (const drift of drifts) console.error(`drift: ${drift}`)
  process.exit(drifts.length > 0 ? 1 : 0)
}
