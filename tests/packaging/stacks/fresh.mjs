// A newcomer's project: an empty folder, the packed tarball that npm installed there, and one tool. Nothing in it is
// written for farthing, and it lies outside the repository, so that no tool finds anything above it.
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installTarball } from '../../runtime/harness/installed.mjs'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const tools = join(root, 'tests/packaging/tools')
const { devDependencies } = JSON.parse(readFileSync(join(tools, 'package.json'), 'utf8'))
const origin = installTarball()

/** The package as npm unpacked it. */
export const installed = join(origin, 'node_modules/farthing')

/**
 * Makes a project of these files, with farthing and the tools in its node_modules: links to them, or, for a tool that
 * follows none, what the folder `copied` has. Removed when the process ends.
 */
export function freshProject(files, { manifest = {}, copied } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'shop-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  // Hard links, or copies where the temporary folder is on another disk.
  if (copied && !['-al', '-a'].some((how) => spawnSync('cp', [how, `${copied}/.`, modules]).status === 0)) {
    throw new Error(`cannot copy ${copied}`)
  }
  cpSync(installed, join(modules, 'farthing'), { recursive: true })
  for (const name of copied ? [] : Object.keys(devDependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(tools, 'node_modules', name), join(modules, name))
  }
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  const own = { name: 'shop', private: true, type: 'module', dependencies: { farthing: version }, ...manifest }
  for (const [name, text] of Object.entries({ 'package.json': JSON.stringify(own), ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

// After the project's own programs, the linked ones, then the pinned Node, whatever runs the tests.
const programs = ['tests/packaging/tools', 'tests/stores/runtimes', 'js'].map((folder) => join(root, folder, 'node_modules/.bin'))
const quiet = {
  CI: '1',
  FORCE_COLOR: undefined,
  NO_COLOR: '1',
  NODE_OPTIONS: undefined,
  // Set by node --test, and takes over what a test runner inside prints.
  NODE_TEST_CONTEXT: undefined,
  NEXT_TELEMETRY_DISABLED: '1',
  WRANGLER_SEND_METRICS: 'false',
}

/** Starts a program in a project: `output()` is what it said so far, `ended` its exit code, `stop` ends it. */
export function start(folder, [program, ...args], env = {}) {
  const path = [join(folder, 'node_modules/.bin'), ...programs, process.env.PATH]
  const all = { ...process.env, ...quiet, ...env, PATH: path.join(delimiter) }
  const child = spawn(program, args, { cwd: folder, env: all, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text))
  const ended = new Promise((settle, reject) => child.on('close', settle).on('error', reject))
  const stop = async () => {
    // The whole group: a dev server has workers of its own.
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL')
    await ended
  }
  return { output: () => said, ended, stop }
}

/** Runs a program to its end. Throws with everything it said when it fails. */
export async function run(folder, command, env) {
  const { ended, output } = start(folder, command, env)
  const status = await ended
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}:\n${output()}`)
  return output()
}

/** Waits until a server answers at all. */
export async function answering(url, { ended, output }, patienceMs = 60_000) {
  let failed = false
  void ended.then(() => (failed = true))
  for (const until = Date.now() + patienceMs; Date.now() < until && !failed; ) {
    if (await fetch(url).then(() => true, () => false)) return
    await new Promise((settle) => setTimeout(settle, 100))
  }
  throw new Error(`nothing answers at ${url}:\n${output()}`)
}

/** Files below a folder with their bytes, without what only debuggers read. */
export function outputsOf(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.map'))
    .map(({ name, parentPath }) => ({ name, bytes: readFileSync(join(parentPath, name)) }))
}
