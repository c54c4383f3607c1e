// A real Postgres on a free port with a cluster of its own.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { atExit, ended, firstAnswer, freePort, newFolder, untilReady } from './place.mjs'

const debian = '/usr/lib/postgresql'

/** The folder of the newest installed server's programs, or '' when they are in PATH. */
export function programsOfPostgres() {
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  for (const version of versions)
    if (existsSync(join(debian, version, 'bin/initdb'))) return join(debian, version, 'bin')
  if (spawnSync('initdb', ['--version']).status === 0) return ''
  throw new Error('cannot start Postgres: initdb is missing, run node js/build/setup.mjs --stores')
}

/**
 * Starts a server that trusts every local user, with the default settings and `settings`, for instance
 * { max_connections: 200 }.
 *
 * `stop` ends it in order, `kill` with SIGKILL to it and all its children, `restart` starts it again on the same port
 * with what it kept.
 */
export async function startPostgres(settings = {}) {
  const programs = programsOfPostgres()
  // initdb and postgres refuse to run as root.
  const owner = process.getuid() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : undefined
  const folder = newFolder('postgres', owner)
  const cluster = join(folder, 'cluster')
  const environment = { PATH: process.env.PATH, HOME: folder, LC_ALL: 'C.UTF-8' }
  const options = { cwd: folder, env: environment, ...owner }
  const made = spawnSync(
    join(programs, 'initdb'),
    ['-D', cluster, '-A', 'trust', '-U', 'farthing', '-E', 'UTF8'],
    options,
  )
  if (made.status !== 0) throw new Error(`cannot make a Postgres cluster: ${made.stderr ?? made.error}`)
  const port = await freePort()
  const all = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    max_connections: 100,
    ...settings,
  }
  const args = ['-D', cluster, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  let child
  atExit(() => child?.kill('SIGQUIT'))

  async function start() {
    child = spawn(join(programs, 'postgres'), args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    await untilReady(child, () => takesConnections(port), 'Postgres')
  }
  async function stop() {
    child.kill('SIGINT')
    await ended(child)
  }
  async function kill() {
    // Stopped first, so that it starts no child between the look and the blow.
    child.kill('SIGSTOP')
    for (const pid of childrenOf(child.pid)) killIfThere(pid)
    child.kill('SIGKILL')
    await ended(child)
  }

  await start()
  return { port, url: `postgres://farthing@127.0.0.1:${port}/postgres`, stop, kill, restart: start }
}

function idOf(flag) {
  const { status, stdout } = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' })
  if (status !== 0) throw new Error('cannot start Postgres as root: there is no user postgres')
  return Number(stdout)
}

function childrenOf(pid) {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
  return stdout.split('\n').map(Number).filter(Boolean)
}

function killIfThere(pid) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (thrown) {
    if (thrown.code !== 'ESRCH') throw thrown
  }
}

/** Whether the server answers a startup message with AuthenticationOk: it refuses while it starts or recovers. */
async function takesConnections(port) {
  const body = Buffer.from('\0\x03\0\0user\0farthing\0database\0postgres\0\0', 'latin1')
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length + 4)
  return (await firstAnswer(port, Buffer.concat([length, body])))[0] === 'R'.charCodeAt(0)
}
