// Where stores lie, and the processes around them: one seller, and as many payers as a race wants.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { installed, load } from '../package-under-test.mjs'

/**
 * Opens the store of a place: { sqlite: path }, or { library, url, name } for one on a server. Answers { store, close }.
 */
export async function openPlace(load, { sqlite, library, url, name }) {
  if (sqlite === undefined) {
    const { openStore } = await import('../servers/clients.mjs')
    return openStore(load, library, url, name)
  }
  const store = await (await load('stores/sqlite')).sqliteStore(sqlite, { busyTimeoutMs: 30_000 })
  return { store, close: async () => store.close() }
}

const children = new Set()
process.on('exit', stopAll)

/** Kills every child that still runs. */
export function stopAll() {
  for (const child of children) child.kill('SIGKILL')
}

/** A child of ours that never outlives this process. */
export async function startChild(program, given) {
  // Makes the loader that the child imports the package with.
  await load('index')
  const loader = pathToFileURL(join(installed(), 'load.mjs')).href
  const environment = { ...process.env, FARTHING_LOADER: loader }
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), [JSON.stringify(given)], { env: environment })
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

/** The next message of a child; rejects when it ends instead. */
export async function messageOf(child) {
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`cannot hear of ${child.spawnargs[1]}: it ended with ${code ?? signal}`)
  })
  const [message] = await Promise.race([once(child, 'message'), ended])
  return message
}

/** Starts the seller. */
export async function startSeller(options = {}) {
  const child = await startChild('seller.mjs', options)
  const { origin } = await messageOf(child)
  const waiting = []
  let known = 0
  let listing
  let presenting = Promise.withResolvers()
  child.on('message', ({ paid, payments }) => {
    if (payments) return listing(payments)
    presenting.resolve()
    presenting = Promise.withResolvers()
    known = paid
    for (const { count, resolve } of waiting) if (known >= count) resolve()
  })
  return {
    origin,
    /** Resolves when the seller has got this many different payments; rejects when `running` is over before. */
    paid: (count, running) =>
      Promise.race([
        new Promise((resolve) => (known >= count ? resolve() : waiting.push({ count, resolve }))),
        running.then(() => Promise.reject(new Error(`cannot wait for ${count} payments: all is over after ${known}`))),
      ]),
    /** Resolves when the seller gets its next payment, known or not, or `over` resolves. */
    presented: (over) => Promise.race([presenting.promise, over]),
    /** Every payment in the order of arrival: { purchase, value, mood, atMs }. */
    payments: () =>
      new Promise((resolve) => {
        listing = resolve
        child.send({ ask: 'payments' })
      }),
    calm: () => child.send({ calm: true }),
    shift: (ms) => child.send({ shift: ms }),
  }
}

/** A payer that is ready. `go` starts it and gives its tally, or undefined when it was killed. */
export async function startPayer(calls) {
  const child = await startChild('payer.mjs', calls)
  await messageOf(child)
  let isOver = false
  const told = once(child, 'message').then(([tally]) => tally)
  const over = Promise.race([told, once(child, 'exit').then(() => undefined)]).finally(() => (isOver = true))
  return {
    isOver: () => isOver,
    kill: () => child.kill('SIGKILL'),
    go: () => {
      child.send('go')
      return over
    },
  }
}
