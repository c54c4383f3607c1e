// A real Redis on a free port in a folder of its own.
import { spawn, spawnSync } from 'node:child_process'
import { atExit, ended, firstAnswer, freePort, newFolder, untilReady } from './place.mjs'

/**
 * Starts redis-server, by default with an append-only file that is synced before every answer. `settings` are more
 * arguments, for instance ['--appendfsync', 'everysec']; the last one of a name counts.
 *
 * `stop` ends it in order, `kill` with SIGKILL, `restart` starts it again on the same port with what it kept.
 */
export async function startRedis(settings = []) {
  const program = process.env.REDIS_SERVER ?? 'redis-server'
  if (spawnSync(program, ['--version']).status !== 0)
    throw new Error('cannot start Redis: redis-server is missing, run node js/build/setup.mjs --stores')
  const port = await freePort()
  const folder = newFolder('redis')
  const args = [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
    ...['--appendonly', 'yes', '--appendfsync', 'always', ...settings],
  ]
  let child
  atExit(() => child?.kill('SIGKILL'))

  async function start() {
    child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const isReady = async () => String(await firstAnswer(port, 'PING\r\n')).startsWith('+PONG')
    await untilReady(child, isReady, 'Redis')
  }
  async function end(signal) {
    child.kill(signal)
    await ended(child)
  }

  await start()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    restart: start,
  }
}
