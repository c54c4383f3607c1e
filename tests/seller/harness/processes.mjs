// The processes around a seller: its facilitator, and whoever asks it for something.
import { once } from 'node:events'
import { messageOf, startChild } from '../../stores/races/places.mjs'

const here = (name) => new URL(name, import.meta.url)

/** The facilitator: { url, tally, stop }. */
export async function startFacilitator(given = {}) {
  const child = await startChild(here('facilitator.mjs'), given)
  const { url } = await messageOf(child)
  return { url, tally: async () => (await fetch(`${url}/tally`)).json(), stop: () => stop(child) }
}

/** The load: { prepare(count, validSeconds?), send({ send, count, atOnce, from }), stop }; see load.mjs. */
export async function startLoad(origins, path = '/paid') {
  const child = await startChild(here('load.mjs'), { origins, path })
  await messageOf(child)
  const ask = asking(child)
  return { prepare: (count, validSeconds) => ask({ prepare: count, validSeconds }), send: ask, stop: () => stop(child) }
}

/** A function that sends a child one message at a time and gives its answer. */
export function asking(child) {
  let waiting
  const ended = (code, signal) => waiting?.reject(new Error(`cannot ask a process: it ended with ${code ?? signal}`))
  child.on('message', (answer) => waiting?.resolve(answer)).on('exit', ended)
  return (asked) => {
    waiting = Promise.withResolvers()
    child.send(asked)
    return waiting.promise
  }
}

async function stop(child) {
  child.kill('SIGKILL')
  await once(child, 'exit')
}
