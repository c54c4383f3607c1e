// Whether a payer slows down with what it has bought before: the same purchase from stores of different ages.
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { newFolder } from '../../stores/servers/place.mjs'
import { compare } from '../compare.mjs'
import { farthingEntry, load } from '../places.mjs'
import { challengeHeader, url } from '../sides/offer.mjs'
import { paying } from '../sides/payers.mjs'
import { threeBudgets } from '../sides/rules.mjs'
import { prepare } from '../stores/series.mjs'
import { fill, writesOf } from '../stores/written.mjs'

/** Groups of rows in CPU time, the first of each an empty store: a decision and a whole purchase, by kind of store. */
export async function history() {
  const farthing = await import(farthingEntry)
  const writes = await writesOf(farthing, threeBudgets)
  const filled = async (store, count) => {
    await prepare(store, writes)
    await fill(store, writes, count)
    return store
  }
  const memory = (maxEntries) => filled(farthing.memoryStore({ maxEntries }), maxEntries)
  const kept = {
    sqlite: [
      ['SQLite, empty', await sqliteOf(0, filled)],
      ['SQLite, 1,000 purchases', await sqliteOf(1_000, filled)],
      ['SQLite, 100,000 purchases', await sqliteOf(100_000, filled)],
    ],
    memory: [
      ['memory, empty', await filled(farthing.memoryStore(), 0)],
      ['memory, 1,000 purchases', await filled(farthing.memoryStore(), 1_000)],
      ['memory, 10,000: full, forgets the oldest', await memory(10_000)],
      ['memory, 100,000 by `maxEntries`: full', await memory(100_000)],
    ],
  }
  const group = async (stores, act) => {
    const contestants = stores.map(async ([name, store]) => {
      const pay = await paying(farthing, { policy: threeBudgets, store })
      return { name, times: 4, run: () => workOf(() => act(pay)) }
    })
    return compare(await Promise.all(contestants), { rounds: 40, warmUp: 10 })
  }
  const decide = async (pay) => void (await pay.explain(url, challengeHeader))
  const buy = async (pay) => void (await (await pay(url)).text())
  return {
    decision: [await group(kept.sqlite, decide), await group(kept.memory, decide)],
    purchase: [await group(kept.sqlite, buy), await group(kept.memory, buy)],
  }
}

/** CPU milliseconds. By the clock, waiting for the disk would hide what a long history adds. */
async function workOf(act) {
  const begun = process.cpuUsage()
  await act()
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / 1000
}

/** A file with a past, written without waiting for the disk and then opened as a user would. */
async function sqliteOf(count, filled) {
  const { sqliteStore } = await load('stores/sqlite')
  const { DatabaseSync } = await import('node:sqlite')
  const path = join(newFolder('history'), 'payer.db')
  const database = new DatabaseSync(path)
  const store = await sqliteStore(database)
  database.exec('PRAGMA synchronous = OFF')
  await filled(store, count)
  database.close()
  // Or the first purchases would wait for the past to reach the disk.
  const file = openSync(path)
  fsyncSync(file)
  closeSync(file)
  return sqliteStore(path)
}
