// A sale killed between any two of its steps, for every release policy and store, with the official facilitator and a
// real node: what was paid for is delivered, and the money moves once.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { accounts, startChain } from '../../peers/chain.mjs'
import { startFacilitatorV2 } from '../../peers/x402-v2.mjs'
import { load } from '../../stores/package-under-test.mjs'
import { randomFrom } from '../../stores/races/buying.mjs'
import { openPlace, stopAll } from '../../stores/races/places.mjs'
import { closeAll, newPlace } from '../../stores/servers/clients.mjs'
import { newFolder } from '../../stores/servers/place.mjs'
import { startPostgres } from '../../stores/servers/postgres.mjs'
import { sellOnce } from './scene.mjs'

const PAIRS = 8
/** The number of that call when the facilitator verifies first. */
const SETTLE = 4
const options = { timeout: 600_000 }
const folder = newFolder('seller-crash')
let [postgres, chain, facilitator] = []
before(async () => {
  ;[postgres, chain] = await Promise.all([startPostgres(), startChain()])
  await chain.mint(accounts[1].address, 1_000_000_000n)
  facilitator = await startFacilitatorV2(chain)
})
afterEach(stopAll)
after(async () => {
  await closeAll()
  await Promise.all([postgres?.stop(), facilitator?.stop()])
  await chain?.stop()
})

const stores = {
  SQLite: () => ({ sqlite: join(folder, `${newPlace()}.db`) }),
  Postgres: () => ({ library: 'pg', url: postgres.url, name: newPlace() }),
}
const policies = {
  'verify first': 'verify-first',
  'settle first': 'settle-first',
  optimistic: { optimistic: { cap: '1000 USD' } },
}

for (const [policy, release] of Object.entries(policies)) {
  for (const [store, placeOf] of Object.entries(stores)) {
    const sentence = `a sale killed at any step is delivered and charged once: ${policy}, ${store}`
    test(sentence, options, async (context) => {
      const world = { chain, facilitator, place: placeOf(), release }
      const [calls] = (await sellOnce(world)).journals
      context.diagnostic(`undisturbed: ${calls.join(', ')}`)
      const points = pointsOf(calls, store)
      for (const [number, kill] of points.entries()) {
        const told = await survive(world, { kills: [kill], reconcileFirst: number % 2 === 1 }, 1)
        context.diagnostic(told)
      }
      await everyRowIsSettled(world.place, points.length + 1)
    })
  }

  test(`a sale killed twice is delivered and charged once: ${policy}`, options, async (context) => {
    const world = { chain, facilitator, place: stores.SQLite(), release }
    const [calls] = (await sellOnce(world)).journals
    const points = pointsOf(calls, 'SQLite')
    const chance = randomFrom(calls.length)
    const anyOf = (all) => all[Math.floor(chance() * all.length)]
    for (let pair = 0; pair < PAIRS; pair += 1) {
      const kills = [anyOf(points), { call: Math.floor(chance() * 6), when: anyOf(['before', 'during', 'after']) }]
      context.diagnostic(await survive(world, { kills, reconcileFirst: chance() < 0.5 }))
    }
    await everyRowIsSettled(world.place, PAIRS + 1)
  })
}

test('a sale that was settled unseen, with no node to ask, is never paid anew', options, async (context) => {
  const world = { chain, facilitator, place: stores.SQLite(), release: 'verify-first', blind: true }
  const kills = [{ call: SETTLE, when: 'after' }]
  const told = await survive(world, { kills, reconcileFirst: false }, 1)
  context.diagnostic(told)
  assert.match(told, /^killed after facilitator: settle: cut off 503/)
})

/** Sells with kills and tells what happened, or which kills it did not survive. At least `sure` of them must strike. */
async function survive(world, { kills, reconcileFirst }, sure = 0) {
  const named = kills.map(({ call, when }) => `${when} call ${call}`).join(' and ')
  try {
    const { journals, statuses, settles } = await sellOnce({ ...world, kills, reconcileFirst })
    const struck = kills.flatMap(({ call, when }, part) => {
      const name = journals[part][call]
      return name === undefined ? [] : [`${when} ${name}`]
    })
    assert.ok(struck.length >= sure, `the sale was over before the kill`)
    const rest = `${statuses.join(' ')}; settle asked ${settles}×${reconcileFirst ? '; reconciled first' : ''}`
    return `killed ${struck.join(' and ')}: ${rest}; then ${journals.at(-1).join(', ')}`
  } catch (thrown) {
    throw new Error(`killed ${named}: ${thrown.message}`, { cause: thrown })
  }
}

async function everyRowIsSettled(place, count) {
  const { store, close } = await openPlace(load, place)
  const rows = await store.list()
  await close()
  assert.deepEqual([...new Set(rows.map(({ state }) => state))], ['settled'])
  assert.equal(rows.length, count)
}

/** Where a sale of these calls can be cut off: SQLite writes at one go, and so goes an answer. */
function pointsOf(calls, store) {
  return calls.flatMap((name, call) => {
    const isAtOnce = name === 'answer' || (name.startsWith('store:') && store === 'SQLite')
    return (isAtOnce ? ['before', 'after'] : ['before', 'during', 'after']).map((when) => ({ call, when }))
  })
}
