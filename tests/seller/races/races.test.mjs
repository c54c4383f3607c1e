// One payment ten thousand times, and ten thousand payments, to two workerd processes over one Postgres.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { at } from '../../../js/build/step.mjs'
import { installed, load as loadPackage } from '../../stores/package-under-test.mjs'
import { PAYEE } from '../../stores/races/buying.mjs'
import { stopAll } from '../../stores/races/places.mjs'
import { closeAll, newPlace, openStore } from '../../stores/servers/clients.mjs'
import { startPostgres } from '../../stores/servers/postgres.mjs'
import { startFacilitator, startLoad } from '../harness/processes.mjs'
import { bundled, startWorkerd } from '../harness/workerd.mjs'

const COUNT = Number(process.env.PAYMENTS ?? 10_000)
const many = COUNT.toLocaleString('en')
const options = { timeout: 600_000 }
const policies = {
  'verify first': 'verify-first',
  'settle first': 'settle-first',
  optimistic: { optimistic: { cap: '1 USD' } },
}
let [postgres, modules, sellers] = []

before(async () => {
  const worker = fileURLToPath(new URL('worker.mjs', import.meta.url))
  modules = await bundled(worker, installed(), [at('tests/stores/node_modules')])
  postgres = await startPostgres()
})
afterEach(async () => {
  for (const { kill } of sellers) await kill()
  stopAll()
})
after(async () => {
  await closeAll()
  await postgres?.stop()
})

/** Two processes that share nothing but the database and the facilitator, and a load that takes turns with them. */
async function startScene(release = 'verify-first') {
  const schema = newPlace()
  const { store, client } = await openStore(loadPackage, 'pg', postgres.url, schema)
  const facilitator = await startFacilitator({ delayMs: 20 })
  const told = { facilitator: facilitator.url, release, payTo: PAYEE }
  const bindings = { postgres: postgres.url, schema, sale: JSON.stringify(told) }
  const start = () => startWorkerd(modules, { bindings, objects: { connections: 'Connections' } })
  sellers = await Promise.all([start(), start()])
  return { store, client, schema, facilitator, load: await startLoad(sellers.map(({ url }) => url)) }
}

for (const [policy, release] of Object.entries(policies)) {
  test(`one payment ${many} times at two processes is one grant: ${policy}`, options, async (context) => {
    const { load, facilitator, store } = await startScene(release)
    await load.prepare(1)
    const { ms, statuses, contents, other } = await load.send({ send: 'copies', count: COUNT, atOnce: 300 })
    context.diagnostic(`${JSON.stringify(statuses)} in ${(ms / 1000).toFixed(1)} s`)
    for (const status of Object.keys(statuses)) assert.ok(['200', '409'].includes(status), JSON.stringify(other))
    assert.equal(contents, 1, 'the copies were given nothing, or different things')
    const tally = await facilitator.tally()
    assert.deepEqual(Object.values(tally.worked), [1])
    assert.deepEqual(Object.values(tally.asked), [1])
    assert.equal(tally.settled, 1)
    const rows = await store.list()
    assert.deepEqual(rows.map(({ state }) => state), ['settled'])
  })
}

test(`${many} payments at two processes are granted once each`, options, async (context) => {
  const { load, facilitator, client, schema } = await startScene()
  await load.prepare(COUNT)
  const { ms, statuses, contents, other } = await load.send({ send: 'paid', count: COUNT, atOnce: 200 })
  context.diagnostic(`${JSON.stringify(statuses)} in ${(ms / 1000).toFixed(1)} s`)
  assert.deepEqual(statuses, { 200: COUNT }, JSON.stringify(other))
  assert.equal(contents, COUNT)
  const { worked, asked, settled } = await facilitator.tally()
  for (const times of [worked, asked]) {
    assert.equal(Object.keys(times).length, COUNT)
    assert.ok(Object.values(times).every((count) => count === 1))
  }
  assert.equal(settled, COUNT)
  const { rows } = await client.query(`SELECT state, count(*)::int FROM ${schema}.purchases GROUP BY state`)
  assert.deepEqual(rows, [{ state: 'settled', count: COUNT }])
})
