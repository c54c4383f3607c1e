// The packed tarball, installed as a user would, and what every harness does with a suite's results.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Development packages live in js/node_modules, which is no parent of this folder. */
export const requireTool = createRequire(join(root, 'js/package.json'))

/** Installs pkg/farthing-*.tgz into a new folder, which is removed when the process ends. */
export function installTarball() {
  const tarball = readdirSync(join(root, 'pkg')).find((name) => name.endsWith('.tgz'))
  if (!tarball) throw new Error('cannot install farthing: pkg has no tarball, run make build')
  const folder = mkdtempSync(join(tmpdir(), 'farthing-installed-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const args = ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
  const ended = spawnSync('npm', [...args, join(root, 'pkg', tarball)], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  if (ended.status !== 0) throw new Error(`cannot install ${tarball}: npm failed above`)
  return folder
}

/** Prints one line per test and the counts. A suite that reports nothing has failed. */
export function report(runtime, results) {
  const failed = results.filter(({ ok }) => !ok)
  for (const { name, ok, error } of results)
    console.log(`${ok ? 'ok  ' : 'FAIL'}  ${runtime}: ${name}${error ? `\n      ${error}` : ''}`)
  if (results.length === 0) {
    failed.push({ name: 'the suite' })
    console.log(`FAIL  ${runtime}: the suite reported no test`)
  }
  console.log(`${results.length - failed.length} passed, ${failed.length} failed, 0 skipped`)
  if (failed.length > 0) process.exitCode = 1
  return failed.length === 0
}

/** Runs a harness from the command line: `node <harness>.mjs <suite.mjs> [env as JSON, or a file of it] [rest …]`. */
export async function runFromCommandLine(meta, harness) {
  if (process.argv[1] === undefined || meta.filename !== resolve(process.argv[1])) return
  const [suite, env = '{}', ...rest] = process.argv.slice(2)
  if (!suite) {
    console.error('cannot run: name a suite module')
    process.exit(1)
  }
  await harness(resolve(suite), JSON.parse(existsSync(env) ? readFileSync(env, 'utf8') : env), rest)
}

/** The suite as a URL to import, from a path or a URL. */
export const suiteUrl = (suite) => (suite instanceof URL ? suite : pathToFileURL(resolve(suite))).href
