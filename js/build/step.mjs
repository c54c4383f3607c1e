// What the build steps share: where the project is, running a command, and not repeating finished work.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))
export const at = (...parts) => join(root, ...parts)

/** Where cargo builds, and where the steps keep what is neither committed nor packed. */
export const target = process.env.CARGO_TARGET_DIR ?? at('target')
export const scratch = join(target, 'js')

/** Runs Rust tests in Node; setup.mjs --runner puts it there. */
export const testRunner = join(scratch, 'tools/bin/wasm-bindgen-test-runner')

/** Programs that npm installed come first, so every step runs on the pinned Node and tools. */
export const environment = {
  ...process.env,
  PATH: [at('js/node_modules/.bin'), process.env.PATH].join(delimiter),
  NO_UPDATE_NOTIFIER: '1',
}

/** Ends the step with one sentence that says what to do. */
export function fail(sentence) {
  console.error(`error: ${sentence}`)
  process.exit(1)
}

/** Runs a command in the project with its output shown, or ends the step with `otherwise`. */
export function run(command, args, otherwise, options = {}) {
  const ended = spawnSync(command, args, { cwd: root, env: environment, stdio: 'inherit', ...options })
  if (ended.status !== 0) fail(otherwise)
  return ended
}

/** What a command prints, or undefined when it is absent or fails. */
export function outputOf(command, args) {
  const ended = spawnSync(command, args, { cwd: root, env: environment, encoding: 'utf8' })
  return ended.status === 0 ? ended.stdout.trim() : undefined
}

/** Every file below a path, sorted, without build products. A missing path has none. */
export function filesBelow(path) {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .filter((name) => name !== 'node_modules' && name !== 'target')
    .sort()
    .flatMap((name) => filesBelow(join(path, name)))
}

/** SHA-256 over names and contents of everything below the paths, and over the extra words. */
export function hashOf(paths, ...words) {
  const hash = createHash('sha256')
  for (const file of paths.flatMap((path) => filesBelow(at(path)))) {
    const bytes = readFileSync(file)
    hash.update(`${relative(root, file)}\0${bytes.length}\0`).update(bytes)
  }
  return hash.update(words.join('\0')).digest('hex')
}

/** Whether the stamp holds this hash and every product is there. */
export function isFresh(stamp, hash, products) {
  const known = existsSync(stamp) && readFileSync(stamp, 'utf8') === hash
  return known && products.every((product) => existsSync(product))
}

export function stampWith(stamp, hash) {
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, hash)
}

/** The first `key = "value"` of a manifest. Enough for `version` and pins; no TOML reader is worth a dependency. */
export function manifestValue(manifest, key) {
  return new RegExp(`^${key}\\s*=\\s*(?:\\{[^}]*?version\\s*=\\s*)?"([^"]+)"`, 'm').exec(
    readFileSync(at(manifest), 'utf8'),
  )?.[1]
}

export const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`
