// Sellers in processes of their own, asked over loopback by another process.
import { fork } from 'node:child_process'
import { asking } from '../../seller/harness/processes.mjs'
import { bundled, startWorkerd } from '../../seller/harness/workerd.mjs'
import { installed } from '../../stores/package-under-test.mjs'
import { messageOf } from '../../stores/races/places.mjs'
import { atExit } from '../../stores/servers/place.mjs'
import { besideSellers } from '../places.mjs'

/** A seller in Node: { url, held, stop }. */
export async function inNode(who, options) {
  const child = fork(besideSellers('node.mjs'), [who, JSON.stringify(options)], { execArgv: ['--expose-gc'] })
  atExit(() => child.kill('SIGKILL'))
  const { url } = await messageOf(child)
  const ask = asking(child)
  return { url, held: () => ask('held'), stop: () => child.kill('SIGKILL') }
}

/** The same as a Worker, in workerd alone: { url, held, stop }. */
export async function inWorkerd(who, options) {
  const modules = await bundled(besideSellers(`worker-${who}.mjs`), installed())
  const given = { bindings: { options: JSON.stringify(options) }, v8Flags: ['--expose-gc'] }
  const { url, memory, kill } = await startWorkerd(modules, given)
  const held = async () => ({ ...(await (await fetch(`${url}/held`)).json()), rss: memory() })
  return { url, held, stop: kill }
}
