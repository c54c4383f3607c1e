// What a reservation and an advance take in each store, and how many it does in a second.
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { summary } from '../compare.mjs'
import { farthingEntry } from '../places.mjs'
import { threeBudgets } from '../sides/rules.mjs'
import { kinds, newFolder } from '../stores/opened.mjs'
import { writesOf } from '../stores/written.mjs'

const rounds = 20
const warmUp = 3
const alone = { count: 50, atOnce: 1 }
const crowd = { count: 100, atOnce: 50 }

/**
 * One row a store, in microseconds: `{ name, alone, crowd }`, each with `reserve` and `advance` as
 * `{ median, late, perSecond }`; or `{ name, why }` for a store that this machine cannot run.
 */
export async function stores() {
  const writes = await writesOf(await import(farthingEntry), threeBudgets)
  const rows = []
  for (const [name, open] of Object.entries(kinds)) rows.push(await openedOrWhy(name, open, writes))
  const measured = rows.filter(({ run }) => run)
  for (let round = -warmUp; round < rounds; round += 1) {
    for (let turn = 0; turn < measured.length; turn += 1) {
      const { run, taken } = measured[(turn + round + warmUp) % measured.length]
      for (const [way, size] of Object.entries({ alone, crowd })) {
        const times = await run({ ...size, prefix: `${way}-${round}` })
        if (round >= 0) taken[way].push(times)
      }
    }
  }
  for (const { close } of measured) await close()
  return {
    sync: syncTime(),
    rows: rows.map(({ name, why, taken }) =>
      taken ? { name, alone: figures(taken.alone, alone), crowd: figures(taken.crowd, crowd) } : { name, why },
    ),
  }
}

async function openedOrWhy(name, open, writes) {
  try {
    return { name, ...(await open(writes)), taken: { alone: [], crowd: [] } }
  } catch (thrown) {
    const [why] = String(thrown.message).split('\n')
    console.error(`bench: ${name} is not measured: ${why}`)
    return { name, why }
  }
}

function figures(series, { atOnce }) {
  const of = (kind) => {
    const parts = series.map((times) => times[kind])
    const each = sorted(parts.flatMap((part) => part.each))
    // Where the clock ticks in milliseconds, as in workerd, a short call has no time of its own: its series has a mean.
    const isCoarse = each.every(Number.isInteger)
    const means = sorted(parts.map((part) => part.ms / part.each.length))
    const middle = isCoarse && atOnce === 1 ? means : each
    return { median: at(middle, 0.5) * 1000, late: at(each, 0.99) * 1000, perSecond: 1000 / at(means, 0.5), isCoarse }
  }
  return { reserve: of('reserve'), advance: of('advance') }
}

const sorted = (values) => values.sort((one, other) => one - other)
const at = (values, part) => values[Math.min(values.length - 1, Math.floor(part * values.length))]

/** What this disk takes to keep a page of 4 KB, in microseconds: durable stores cannot be faster. */
function syncTime() {
  const file = openSync(join(newFolder('sync'), 'page'), 'w')
  const page = Buffer.alloc(4096, 1)
  const each = Array.from({ length: 200 }, () => {
    const begun = performance.now()
    writeSync(file, page)
    fsyncSync(file)
    return (performance.now() - begun) * 1000
  })
  closeSync(file)
  return summary(each)
}
