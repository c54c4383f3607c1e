// A payer killed again and again, at any point of its purchases, by a seller who settles, drops, fails or asks again.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { load } from '../package-under-test.mjs'
import { randomFrom } from '../races/buying.mjs'
import { messageOf, openPlace, startChild, startSeller, stopAll } from '../races/places.mjs'
import { authorisationsOf, count, everyPaymentHasItsRow, rowsOf, sumsAreWhatRowsHold } from '../races/truth.mjs'
import { newPlace } from '../servers/clients.mjs'
import { newFolder } from '../servers/place.mjs'
import { startPostgres } from '../servers/postgres.mjs'

const options = { timeout: 180_000 }
const folder = newFolder('crash')
let postgres
before(async () => (postgres = await startPostgres()))
after(() => postgres?.stop())
afterEach(stopAll)

const stores = {
  SQLite: { kills: 60, namelessKills: 25, placeOf: () => ({ sqlite: join(folder, `${newPlace()}.db`) }) },
  Postgres: {
    kills: 20,
    namelessKills: 10,
    placeOf: () => ({ library: 'pg', url: postgres.url, name: newPlace() }),
  },
}

for (const [name, { kills, namelessKills, placeOf }] of Object.entries(stores)) {
  test(`${kills} kills lose no payment and make none twice with ${name}`, options, async (context) => {
    const scene = await startScene(placeOf(), { purchases: 9 * kills, budget: 6 * kills, named: true, seed: 7 })
    for (let kill = 0; kill < kills; kill += 1) await scene.kill()
    const { authorisations, states } = await scene.end()
    for (const line of scene.figures(`${name}, ${kills} kills`)) context.diagnostic(line)

    const purchases = [...authorisations.values()].map(({ purchase }) => purchase)
    assert.equal(new Set(purchases).size, authorisations.size, 'a purchase had two authorisations')
    // The calm seller settled whatever was still open, so everything that ever left is settled now.
    for (const purchase of purchases) assert.equal(states.get(purchase), 'settled', purchase)
    // What was cut off before it was signed stays held; nothing else is undecided.
    for (const [id, state] of states) assert.match(state, /^(settled|refused|reserved)$/, id)
    const found = scene.found().map(([state]) => state)
    for (const state of ['signed', 'unknown']) assert.ok(found.includes(state), `no kill left a purchase ${state}`)
  })

  const sentence = `${namelessKills} kills of purchases without ids make none twice that was not delivered`
  test(`${sentence} with ${name}`, options, async (context) => {
    const shape = { purchases: 9 * namelessKills, budget: 7 * namelessKills, named: false, seed: 11 }
    const scene = await startScene(placeOf(), shape)
    for (let kill = 0; kill < namelessKills; kill += 1) await scene.kill()
    const { authorisations } = await scene.end()
    for (const line of scene.figures(`${name} without ids, ${namelessKills} kills`)) context.diagnostic(line)

    const earlier = new Map()
    for (const authorisation of authorisations.values()) {
      const { purchase, atMs } = authorisation
      const others = earlier.get(purchase) ?? []
      for (const { deliveredMs, validBefore, moods } of others) {
        const isOver = deliveredMs <= atMs || validBefore * 1_000 <= atMs
        assert.ok(isOver, `${purchase} was paid again while a payment for it lived that was answered: ${moods}`)
      }
      earlier.set(purchase, [...others, authorisation])
    }
    assert.ok(scene.presentedAgain() > 0)
  })
}

/** A moody seller, one place, and payers that come one after the other. */
async function startScene(place, { purchases, budget, named, seed }) {
  const seller = await startSeller({ seed })
  const chance = randomFrom(seed)
  const all = Array.from({ length: purchases }, (_, number) => `p${number}`)
  const left = new Set(all)
  const outcomes = []
  // `<purchase> <state>` of every row that a kill left open.
  const cutOff = new Set()
  let shiftMs = 0
  let holds
  let latest
  const warm = () => startChild('../crash/payer.mjs', { place, origin: seller.origin, budget }).then(ready)
  // The next one starts up while this one pays; it opens the store only when this one is dead.
  let next = warm()

  async function run() {
    const payer = await next
    const over = once(payer, 'exit')
    payer.on('message', ({ done, outcome, holds: held }) => {
      if (done === undefined) return
      left.delete(done)
      outcomes.push(outcome)
      holds ??= held
    })
    payer.send({ left: [...left], named, shiftMs })
    await messageOf(payer)
    return { payer, over }
  }

  /** What the seller got, all of it in rows, and the rows, from a store that is opened anew. */
  async function look() {
    const authorisations = await authorisationsOf(await seller.payments())
    const { store, close } = await openPlace(load, place)
    const rows = await rowsOf(store)
    everyPaymentHasItsRow(authorisations, rows)
    if (holds) await sumsAreWhatRowsHold(store, rows, holds, budget)
    await close()
    const states = new Map(rows.map(({ purchaseId, state }) => [purchaseId, state]))
    latest = { authorisations, states }
    return latest
  }

  const found = () => [...cutOff].map((text) => text.split(' ').reverse())
  const presentations = () => [...latest.authorisations.values()].flatMap(({ moods }) => moods)
  return {
    async kill() {
      const { payer, over } = await run()
      next = warm()
      // A third of the kills comes while it finds out what its predecessor left, the others among its own purchases.
      if (chance() > 1 / 3) await seller.presented(over)
      await new Promise((resolve) => setTimeout(resolve, chance() * 120))
      payer.kill('SIGKILL')
      assert.equal((await over)[1], 'SIGKILL', 'the payer was done before the kill: there was too little to buy')
      if (!named) {
        shiftMs += 31_000
        seller.shift(31_000)
      }
      for (const [id, state] of (await look()).states)
        if (/reserved|signed|unknown/.test(state)) cutOff.add(`${id} ${state}`)
    },
    async end() {
      seller.calm()
      // With ids also those that were done: they must be answered from what is known.
      if (named) for (const id of all) left.add(id)
      assert.deepEqual(await (await run()).over, [0, null])
      return look()
    },
    found,
    presentedAgain: () => presentations().length - latest.authorisations.size,
    figures(name) {
      const { authorisations, states } = latest
      const recovered = found().map(([state, id]) => `${state} then ${states.get(id)}`)
      const counts = { recovered: count(recovered), rows: count(states.values()), outcomes: count(outcomes) }
      const seen = `${authorisations.size} authorisations for a budget of ${budget}, ${presentations().length} presentations`
      return [`${name}: ${seen}`, `${name}: ${JSON.stringify({ ...counts, seller: count(presentations()) })}`]
    },
  }
}

async function ready(child) {
  await messageOf(child)
  return child
}
