// The packed tarball, installed as a user would.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Development packages live in js/node_modules, which is no parent of this folder. */
export const requireTool = createRequire(join(root, 'js/package.json'))

/** Installs pkg/farthing-*.tgz into a new folder, which is removed when the process ends. */
export function installTarball() {
  const tarball = tarballPath()
  const folder = mkdtempSync(join(tmpdir(), 'farthing-installed-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const args = ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
  const ended = spawnSync('npm', [...args, tarball], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  if (ended.status !== 0) throw new Error(`cannot install ${tarball}: npm failed above`)
  return folder
}

/** Which package is tested: SHA-256 of the tarball. */
export const tarballHash = () => createHash('sha256').update(readFileSync(tarballPath())).digest('hex')

function tarballPath() {
  const name = readdirSync(join(root, 'pkg')).find((name) => name.endsWith('.tgz'))
  if (!name) throw new Error('cannot install farthing: pkg has no tarball, run make build')
  return join(root, 'pkg', name)
}

/** The suite as a URL to import, from a path or a URL. */
export const suiteUrl = (suite) => (suite instanceof URL ? suite : pathToFileURL(resolve(suite))).href
