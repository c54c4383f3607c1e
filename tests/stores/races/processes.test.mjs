// 1 000 payers in four processes against a budget for 100, then fewer with faults and kills: SQLite, Redis, Postgres.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { load } from '../package-under-test.mjs'
import { newPlace } from '../servers/clients.mjs'
import { newFolder } from '../servers/place.mjs'
import { startPostgres } from '../servers/postgres.mjs'
import { startRedis } from '../servers/redis.mjs'
import { callsFor } from './buying.mjs'
import { openPlace, startPayer, startSeller, stopAll } from './places.mjs'
import { BUDGET, compare, isFair, race, summary } from './truth.mjs'

let [redis, postgres] = []
before(async () => ([redis, postgres] = await Promise.all([startRedis(), startPostgres()])))
after(() => Promise.all([redis?.stop(), postgres?.stop()]))

const options = { timeout: 120_000 }
afterEach(stopAll)
const folder = newFolder('races')
/** A new place in each store. */
const stores = {
  SQLite: () => ({ sqlite: join(folder, `${newPlace()}.db`) }),
  'Redis by ioredis': () => ({ library: 'ioredis', url: redis.url, name: newPlace() }),
  'Redis by node-redis': () => ({ library: 'redis', url: redis.url, name: newPlace() }),
  Postgres: () => ({ library: 'pg', url: postgres.url, name: newPlace() }),
}

for (const [name, placeOf] of Object.entries(stores)) {
  test(`1 000 payers in four processes pay exactly 100 times with ${name}`, options, async (context) => {
    const [seller, place] = [await startSeller(), placeOf()]
    const payers = await startPayers({ place, origin: seller.origin, payers: 1_000 })
    const { tallies, seconds } = await race(payers.map(({ go }) => go))
    const verdict = await inStore(place, (store) => compare({ seller, store, tallies }))
    for (const line of summary(name, { payers: 1_000, seconds, tallies, ...verdict })) context.diagnostic(line)
    assert.equal(verdict.paid, BUDGET)
    isFair(tallies)
  })

  const fewer = '400 payers with failing writes and two processes killed never pay twice or too much'
  test(`${fewer} with ${name}`, options, async (context) => {
    const [seller, place] = [await startSeller(), placeOf()]
    const given = { place, origin: seller.origin, payers: 400, faults: 0.1 }
    const payers = await startPayers({ ...given, seed: 1 })
    const running = race(payers.map(({ go }) => go))
    // Whoever has not finished has purchases in every state.
    for (const count of [20, 40]) {
      await seller.paid(count, running)
      payers
        .splice(
          payers.findIndex((payer) => !payer.isOver()),
          1,
        )[0]
        .kill()
    }
    const first = (await running).tallies
    assert.equal(first.filter((tally) => tally === undefined).length, 2, 'the kills came too late')
    // The same purchases again, by processes that know nothing of the first.
    const again = await startPayers({ ...given, seed: 2 })
    const second = await race(again.map(({ go }) => go))
    const verdict = await inStore(place, (store) => compare({ seller, store, tallies: second.tallies }))
    for (const line of summary(`${name}, after two kills`, { payers: 400, ...second, ...verdict }))
      context.diagnostic(line)
    assert.ok(verdict.paid > 40)
    assert.ok(first.concat(second.tallies).every((tally) => tally === undefined || tally.thrown > 0))
  })
}

/** Four processes with a quarter of the payers each. */
function startPayers({ payers, seed = 0, ...given }) {
  const calls = callsFor(payers, 4)
  return Promise.all(
    calls.map((ids, number) => startPayer({ ...given, ids, budget: BUDGET, seed: seed * 100 + number })),
  )
}

async function inStore(place, act) {
  const { store, close } = await openPlace(load, place)
  try {
    return await act(store)
  } finally {
    await close()
  }
}
