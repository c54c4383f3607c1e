// One process that buys and buys: `node --expose-gc growth.mjs <farthing's dist as URL> <purchases> <cycles>` prints as
// JSON what it holds at every power of ten, after whole purchases and after mere writes to the memory store.
import { url } from './offer.mjs'
import { paying } from './payers.mjs'
import { threeBudgets } from './rules.mjs'
import { prepare, series } from '../stores/series.mjs'
import { writesOf } from '../stores/written.mjs'

const [dist, purchases, cycles] = process.argv.slice(2)
const farthing = await import(`${dist}/entry/node.js`)
const { initSync } = await import(`${dist}/generated/farthing.js`)

/** Runs `act` for every number below `count`: what is held, and what one of the last tenth took, at powers of ten. */
async function stages(count, act) {
  const found = []
  for (let from = 0, to = 10_000; from < count; from = to, to = Math.min(to * 10, count)) {
    // The last tenth on its own, so that a payer that slows down shows it.
    const last = to - Math.floor(to / 10)
    await act(from, last)
    const begun = process.cpuUsage()
    await act(last, to)
    // Not by the clock: this runs alone for minutes, with nothing beside it that a busy machine would slow down, too.
    const { user, system } = process.cpuUsage(begun)
    found.push({ count: to, micros: (user + system) / (to - last), ...held() })
  }
  return found
}

function held() {
  // Twice: what a first collection finalises, a second one frees.
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  // Started already, so this gives the exports of the running instance.
  return { wasm: initSync({}).memory.buffer.byteLength, heap: heapUsed, external }
}

async function buy(pay, from, to) {
  for (let number = from; number < to; number += 1) {
    // A hundred resources and tasks, and every second purchase has an id of its own.
    const some = number % 100
    const init = { task: `task-${some}`, ...(number % 2 ? { purchaseId: `own-${number}` } : {}) }
    await (await pay(`${url}?place=${some}`, init)).text()
  }
}

const pay = await paying(farthing, { policy: threeBudgets })
const whole = await stages(Number(purchases), (from, to) => buy(pay, from, to))
const writes = await writesOf(farthing, threeBudgets)
const store = farthing.memoryStore()
await prepare(store, writes)
// In thousands, so that the times of single calls, which nobody reads here, do not pile up.
const written = await stages(Number(cycles), async (from, to) => {
  for (let number = from; number < to; number += 1_000) {
    await series(store, writes, { prefix: `cycle-${number}`, count: Math.min(1_000, to - number), atOnce: 1 })
  }
})
console.log(JSON.stringify({ whole, written }))
