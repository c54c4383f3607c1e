// What a reservation and an advance take in each store, and how many it does in a second.
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { newFolder } from '../../stores/servers/place.mjs'
import { farthingEntry } from '../places.mjs'
import { threeBudgets } from '../sides/rules.mjs'
import { kinds } from '../stores/opened.mjs'
import { writesOf } from '../stores/written.mjs'

const rounds = 12
const warmUp = 3
const alone = { count: 50, atOnce: 1 }
const crowd = { count: 100, atOnce: 50 }

/**
 * `sync`, and `rows`, one a store, in microseconds: `{ name, alone, crowd }`, each with `reserve` and `advance` as
 * `{ median, late, perSecond }`; or `{ name, why }` for a store that this machine cannot run.
 */
export async function stores() {
  const writes = await writesOf(await import(farthingEntry), threeBudgets)
  const rows = []
  for (const [name, open] of Object.entries(kinds)) rows.push(await openedOrWhy(name, open, writes))
  const measured = rows.filter(({ run }) => run)
  const { few, close: closeFile } = disk()
  const syncs = []
  for (let round = -warmUp; round < rounds; round += 1) {
    if (round >= 0) syncs.push(...few())
    for (let turn = 0; turn < measured.length; turn += 1) {
      const { run, taken } = measured[(turn + round + warmUp) % measured.length]
      for (const [way, size] of Object.entries({ alone, crowd })) {
        const times = await run({ ...size, prefix: `${way}-${round}` })
        if (round >= 0) taken[way].push(times)
      }
    }
  }
  for (const { close } of measured) await close()
  closeFile()
  const synced = sorted(syncs)
  return {
    sync: { median: at(synced, 0.5) * 1000, late: at(synced, 0.99) * 1000 },
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

/** Writes a page of 4 KB to a file and syncs it, a few times: what the disk, and this machine's mood, allow. */
function disk() {
  const file = openSync(join(newFolder('sync'), 'page'), 'w')
  const page = Buffer.alloc(4096, 1)
  const keep = () => {
    const begun = performance.now()
    writeSync(file, page)
    fsyncSync(file)
    return performance.now() - begun
  }
  return { few: () => Array.from({ length: 20 }, keep), close: () => closeSync(file) }
}
