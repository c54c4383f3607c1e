// 1 000 payers in four processes against a budget for 100, then fewer with faults and kills: SQLite, Redis, Postgres.
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { load } from '../package-under-test.mjs'
import { callsFor } from './buying.mjs'
import { openPlace, startPayer, startSeller } from './places.mjs'
import { compare, count } from './truth.mjs'

const BUDGET = 100
const PROCESSES = 4
/** What may come of a payer that was not first: no room, or somebody else pays this very purchase. */
const fair = ['settled', 'budget/exceeded', 'purchase/in-progress', 'purchase/refused-before']
const folder = mkdtempSync(join(tmpdir(), 'farthing-races-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const stores = {
  SQLite: () => ({ sqlite: join(folder, `${randomInt(2 ** 40)}.db`) }),
}

for (const [name, newPlace] of Object.entries(stores)) {
  test(`1 000 payers in four processes pay exactly 100 times with ${name}`, async (context) => {
    const race = await newRace(newPlace())
    const payers = await race.start({ payers: 1_000 })
    const startedAt = performance.now()
    const tallies = await Promise.all(payers.map((payer) => payer.go()))
    const seconds = (performance.now() - startedAt) / 1_000
    const outcomes = sum(tallies.map(({ outcomes }) => outcomes))
    const { paid } = await race.verdict(tallies)
    context.diagnostic(line(name, { payers: 1_000, paid, seconds, tallies }))
    context.diagnostic(JSON.stringify(outcomes))
    assert.equal(paid, BUDGET)
    for (const outcome of Object.keys(outcomes)) assert.ok(fair.includes(outcome), `an outcome was ${outcome}`)
  })

  test(`400 payers with failing writes and two killed processes never pay twice or too much with ${name}`, async (context) => {
    const race = await newRace(newPlace())
    const payers = await race.start({ payers: 400, faults: 0.1, seed: 1 })
    const running = payers.map((payer) => payer.go())
    await race.seller.paid(20)
    payers[0].kill()
    await race.seller.paid(40)
    payers[1].kill()
    const first = await Promise.all(running)
    assert.equal(first.filter((tally) => tally === undefined).length, 2, 'the kills came too late')
    // The same purchases again, by processes that know nothing of the first.
    const again = await race.start({ payers: 400, faults: 0.1, seed: 2 })
    const second = await Promise.all(again.map((payer) => payer.go()))
    const tallies = [...first.filter(Boolean), ...second]
    const { paid, rows } = await race.verdict(tallies)
    const thrown = tallies.reduce((total, tally) => total + tally.thrown, 0)
    context.diagnostic(`${name}: 2 kills, ${thrown} failures, ${paid} paid, overshoot ${Math.max(0, paid - BUDGET)}`)
    context.diagnostic(JSON.stringify([sum(tallies.map(({ outcomes }) => outcomes)), count(rows.map(({ state }) => state))]))
    assert.ok(paid > 40 && thrown > 40)
  })
}

async function newRace(place) {
  const seller = await startSeller()
  return {
    seller,
    start: ({ payers, faults, seed = 0 }) => {
      const calls = callsFor(payers, PROCESSES)
      const given = { place, origin: seller.origin, budget: BUDGET, faults }
      return Promise.all(calls.map((ids, team) => startPayer({ ...given, ids, seed: seed * PROCESSES + team })))
    },
    async verdict(tallies) {
      const payments = await seller.payments()
      seller.stop()
      const { store, close } = await openPlace(load, place)
      const verdict = await compare({ payments, store, holds: tallies.find(({ holds }) => holds).holds, budget: BUDGET })
      await close()
      return verdict
    },
  }
}

function line(name, { payers, paid, seconds, tallies }) {
  const reservations = tallies.reduce((total, tally) => total + tally.reservations, 0)
  const pace = (number) => Math.round(number / seconds)
  const counts = `${payers} payers, ${paid} paid, overshoot ${Math.max(0, paid - BUDGET)}`
  return `${name}: ${counts}, ${pace(reservations)} reservations and ${pace(payers)} purchases per second`
}

function sum(all) {
  const total = {}
  for (const counts of all) for (const [key, value] of Object.entries(counts)) total[key] = (total[key] ?? 0) + value
  return total
}
