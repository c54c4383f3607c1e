// Facts that stand in two places, compared. Run alone it also rebuilds what Rust generates and compares that.
import { readFileSync } from 'node:fs'
import { at, manifestValue, outputOf } from './step.mjs'

// Committed files that Rust writes: the command prints the file.
const generated = []

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

function generatedDrifts() {
  return generated
    .filter(({ file, command }) => outputOf(command[0], command.slice(1)) !== readFileSync(at(file), 'utf8').trim())
    .map(({ file, command }) => `regenerate ${file}: ${command.join(' ')} > ${file}`)
}

if (import.meta.filename === process.argv[1]) {
  const drifts = [...versionDrifts(), ...generatedDrifts()]
  for (const drift of drifts) console.error(`drift: ${drift}`)
  process.exit(drifts.length > 0 ? 1 : 0)
}
