// What `npm install` brings: packages, bytes over the network, bytes on disk.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { at } from '../../../js/build/step.mjs'
import { newFolder } from '../../stores/servers/place.mjs'

const tarball = () =>
  at(
    'pkg',
    readdirSync(at('pkg')).find((name) => name.endsWith('.tgz')),
  )

/** Rows of `{ name, packages, downloaded, installed }`. The peers' come from the registry, by committed lockfiles. */
export function installs() {
  const made = [
    { name: '@x402/fetch, @x402/evm, viem', ...weighed('x402') },
    { name: 'x402-fetch, viem', ...weighed('x402-v1') },
  ]
  const ours = newFolder('install')
  writeFileSync(join(ours, 'package.json'), '{ "private": true }\n')
  const { packages, installed } = install(ours, ['--offline', tarball()])
  return [...made, { name: 'farthing', packages, downloaded: statSync(tarball()).size, installed }]
}

function weighed(peer) {
  const folder = newFolder('install')
  for (const name of ['package.json', 'package-lock.json']) {
    copyFileSync(at('tests/bench/installs', peer, name), join(folder, name))
  }
  return install(folder, [])
}

/** With a cache of its own, which afterwards holds exactly what came over the network. */
function install(folder, more) {
  const cache = join(folder, 'cache')
  mkdirSync(cache)
  // Nothing that is downloaded runs.
  const args = ['install', '--cache', cache, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...more]
  const ended = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  if (ended.status !== 0) throw new Error('cannot weigh an installation: npm failed above')
  const known = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'))
  return {
    packages: Object.keys(known.packages).length,
    downloaded: bytesBelow(join(cache, '_cacache/content-v2')),
    installed: bytesBelow(join(folder, 'node_modules')),
  }
}

function bytesBelow(folder) {
  if (!existsSync(folder)) return 0
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}
