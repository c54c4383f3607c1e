// farthing/stores/postgres against a real server, with pg.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { load } from './package-under-test.mjs'
import { closeAll, libraries, newPlace, openStore } from './servers/clients.mjs'
import { startPostgres } from './servers/postgres.mjs'
import { startProxy } from './servers/proxy.mjs'
import { crash, hold, intent, pace, race, row } from './servers/scenes.mjs'

let postgres
before(async () => (postgres = await startPostgres()))
after(async () => {
  await closeAll()
  await postgres?.stop()
})

const open = (place = newPlace(), url = postgres.url, options) => openStore(load, 'pg', url, place, options)
/** One connection, for transactions by hand. */
const alone = () => libraries.pg(postgres.url, { max: 1 })
const throughPort = (port) => `postgres://farthing@127.0.0.1:${port}/postgres`

test('the store keeps its contract with pg', async (context) => {
  const { storeConformance } = await load('store-conformance')
  const seats = new Map()
  const seatAt = async (place) => {
    const seat = { place, ...(await open(place)) }
    seats.set(seat.store, seat)
    return seat.store
  }
  const checks = storeConformance(() => seatAt(newPlace()), {
    reopen: (store) => seatAt(seats.get(store).place),
    makeNewer: (store) => seats.get(store).client.query(`UPDATE ${seats.get(store).place}.version SET number = 2`),
    close: (store) => seats.get(store).close(),
  })
  for (const { name, run } of checks) await context.test(name, run)
})

test('of 1 000 reservations by four processes a budget for 100 holds exactly 100', async (context) => {
  const { perSecond } = await race(load, 'pg', postgres.url, newPlace())
  context.diagnostic(`${perSecond} answers per second`)
})

test('what was said to be held is there after the server was killed', async (context) => {
  const server = await startPostgres()
  context.after(() => server.kill())
  context.diagnostic(JSON.stringify(await crash(load, 'pg', server, newPlace(), { max: 4 })))
})

test('it reserves at a pace', async (context) => {
  const one = await pace(load, 'pg', postgres.url, newPlace(), () => 'all')
  const many = await pace(load, 'pg', postgres.url, newPlace(), (worker) => `budget ${worker}`)
  context.diagnostic(`${one.perSecond} reservations per second in one budget, ${many.perSecond} in 32`)
  assert.ok(one.perSecond > 20 && many.perSecond > 20)
})

test('20 migrations at once make one schema, and another one changes nothing', async () => {
  const { migratePostgres, postgresStore } = await load('stores/postgres')
  const schema = newPlace()
  const seats = await Promise.all(Array.from({ length: 20 }, () => libraries.pg(postgres.url, { max: 1 })))
  await Promise.all(seats.map(({ client }) => migratePostgres(client, { schema })))
  const [{ client }] = seats
  const { rows } = await client.query(`SELECT number FROM ${schema}.version`)
  assert.deepEqual(rows, [{ number: 1 }])
  const store = await postgresStore(client, { schema })
  await store.reserve(intent('a'))
  await migratePostgres(client, { schema })
  assert.deepEqual(await store.list(), [row('a')])
  for (const { close } of seats) await close()
})

test('a schema that is missing or newer is refused, also by a store that is open already', async () => {
  const { migratePostgres, postgresStore } = await load('stores/postgres')
  const schema = newPlace()
  const { store, client, close } = await open(schema)
  await store.reserve(intent('a'))
  await client.query(`UPDATE ${schema}.version SET number = 2`)
  const steps = [
    () => store.reserve(intent('b')),
    () => store.advance('reserved', row('a', 'dead', 2)),
    () => store.read({ notes: [], holds: [] }),
    () => store.remember({ key: 'n', value: 'v' }),
    () => store.open(),
    () => store.list(),
    () => postgresStore(client, { schema }),
    () => migratePostgres(client, { schema }),
  ]
  for (const step of steps)
    await assert.rejects(step, { message: /^cannot .* in Postgres: its schema is version 2, this farthing knows 1$/ })
  await assert.rejects(postgresStore(client, { schema: 'nobody' }), { message: /run migratePostgres first$/ })
  for (const name of ['', 'a'.repeat(64), 'a"b', 'a.b'])
    await assert.rejects(postgresStore(client, { schema: name }), { message: /is not plain, or too long$/ })
  await close()
})

test('a lost answer is a rejection, and the reservation may have happened', async () => {
  const proxy = await startProxy(postgres.port)
  const place = newPlace()
  const { store, close } = await open(place, throughPort(proxy.port), { max: 1 })
  proxy.loseNext()
  await assert.rejects(store.reserve(intent('a')), /^Error: cannot reserve a purchase in Postgres: /)
  assert.equal(proxy.lost(), 1)
  await close()
  await proxy.stop()
  const direct = await open(place)
  assert.deepEqual(await direct.store.reserve(intent('a')), { kind: 'exists' })
  assert.deepEqual((await direct.store.read({ notes: [], holds: [hold()] })).used, ['1'])
  await direct.close()
})

test('a reservation that the server undid to end a deadlock is made again', async () => {
  const place = newPlace()
  const { store, client, close } = await open(place)
  const both = [hold({ key: 'a' }), hold({ key: 'b' })]
  await store.reserve(intent('first', both))
  const codes = []
  const { postgresStore } = await load('stores/postgres')
  const query = (...given) =>
    client.query(...given).catch((thrown) => (codes.push(thrown.code), Promise.reject(thrown)))
  const watched = await postgresStore({ query }, { schema: place })
  const other = await alone()
  const lock = (key) => other.client.query(`SELECT 1 FROM ${place}.budgets WHERE key = $1 FOR UPDATE`, [key])
  await other.client.query('BEGIN')
  await other.client.query('SET LOCAL deadlock_timeout = 60000')
  await lock('b')
  const reserving = watched.reserve(intent('second', both))
  await new Promise((resolve) => setTimeout(resolve, 300))
  await lock('a')
  await other.client.query('COMMIT')
  await other.close()
  assert.deepEqual(await reserving, { kind: 'held' })
  assert.deepEqual(codes, ['40P01'])
  assert.deepEqual((await store.read({ notes: [], holds: both })).used, ['2', '2'])
  await close()
})

test('only what the server undid is tried again, and not for ever', async () => {
  const { postgresStore } = await load('stores/postgres')
  const place = newPlace()
  const { client, close } = await open(place)
  for (const [code, expected] of [
    ['40001', 6],
    ['40P01', 6],
    ['40003', 1],
    ['08006', 1],
    ['57P01', 1],
    [undefined, 1],
  ]) {
    let calls = 0
    const failing = async () => {
      calls += 1
      throw Object.assign(new Error('no'), { code })
    }
    const mixed = { query: (text, values) => (text.includes('.reserve(') ? failing() : client.query(text, values)) }
    const store = await postgresStore(mixed, { schema: place })
    await assert.rejects(store.reserve(intent('a')), { message: /^cannot reserve a purchase in Postgres: / })
    assert.equal(calls, expected, code)
  }
  await close()
})

test('a page that was read misses no purchase that was being written', async () => {
  const place = newPlace()
  const { store, close } = await open(place)
  await store.reserve(intent('blocked', [hold({ key: 'slow' })]))
  const other = await alone()
  await other.client.query('BEGIN')
  await other.client.query(`SELECT 1 FROM ${place}.budgets WHERE key = 'slow' FOR UPDATE`)
  const slow = store.reserve(intent('early', [hold({ key: 'slow' })]))
  await new Promise((resolve) => setTimeout(resolve, 100))
  await store.reserve(intent('late', [hold({ key: 'fast' })]))
  const listing = store.list()
  await new Promise((resolve) => setTimeout(resolve, 100))
  await other.client.query('COMMIT')
  await other.close()
  assert.deepEqual(await slow, { kind: 'held' })
  assert.deepEqual(
    (await listing).map(({ purchaseId }) => purchaseId),
    ['blocked', 'early', 'late'],
  )
  await close()
})

test('a reservation waits for whoever is setting a note that it compares with nothing', async () => {
  const place = newPlace()
  const { store, close } = await open(place)
  const other = await alone()
  await other.client.query('BEGIN')
  await other.client.query(`SELECT ${place}.remember(1, '{"key":"stop","value":"now"}')`)
  const reserving = store.reserve(intent('a', [], [{ key: 'stop' }]))
  await new Promise((resolve) => setTimeout(resolve, 100))
  await other.client.query('COMMIT')
  await other.close()
  assert.deepEqual(await reserving, { kind: 'changed', key: 'stop' })
  await close()
})

test('a connection that is not read committed is refused, and one that does not wait for the disk is made to', async () => {
  const place = newPlace()
  const { close } = await open(place)
  for (const level of ['repeatable read', 'serializable']) {
    const options = `-c default_transaction_isolation=${level.replace(' ', '\\ ')}`
    const { client, close: closeStrict } = await libraries.pg(postgres.url, { options })
    const { postgresStore } = await load('stores/postgres')
    const store = await postgresStore(client, { schema: place })
    await assert.rejects(store.reserve(intent('a')), {
      message: `cannot reserve a purchase in Postgres: the connection must be read committed, not ${level}`,
    })
    await closeStrict()
  }
  const { postgresStore } = await load('stores/postgres')
  const lazy = await libraries.pg(postgres.url, { options: '-c synchronous_commit=off', max: 1 })
  const seen = []
  const query = async (text, values) => {
    const answer = await lazy.client.query(
      text.replace(' AS answer', ` AS answer, current_setting('synchronous_commit') AS level`),
      values,
    )
    if (text.includes('.reserve(')) seen.push(answer.rows[0].level)
    return answer
  }
  await (await postgresStore({ query }, { schema: place })).reserve(intent('a'))
  assert.deepEqual(seen, ['on'])
  assert.equal((await lazy.client.query('SHOW synchronous_commit')).rows[0].synchronous_commit, 'off')
  await lazy.close()
  await close()
})

test('a server that does not sync makes the store ephemeral', async (context) => {
  const server = await startPostgres({ fsync: 'off' })
  context.after(() => server.kill())
  const { store, close } = await open('farthing', server.url)
  assert.equal(store.durability, 'ephemeral')
  await close()
})

test('5 000 finished purchases are not read by what looks for open ones', async () => {
  const place = newPlace()
  const { store, client, close } = await open(place, postgres.url, { max: 1 })
  await client.query(`INSERT INTO ${place}.purchases (id, state, step, request, record)
    SELECT 'old-' || n, 'settled', 3, 'same', '{}' FROM generate_series(1, 5000) AS n`)
  await client.query(`ANALYZE ${place}.purchases`)
  const alike = (id) => ({ ...intent(id), entry: { ...row(id), request: 'same' } })
  const rowsRead = async () => {
    // A session reports what it did at the end of a transaction, when a second has passed since the last report.
    await client.query('SELECT pg_sleep(1.1)')
    const { rows } = await client.query(
      `SELECT seq_tup_read::int AS scanned, idx_tup_fetch::int AS fetched FROM pg_stat_user_tables
       WHERE schemaname = $1 AND relname = 'purchases'`,
      [place],
    )
    return rows[0]
  }
  const before = await rowsRead()
  for (const id of ['x', 'y']) await store.reserve(alike(id))
  const ids = (entries) => entries.map(({ purchaseId }) => purchaseId)
  assert.deepEqual(ids((await store.read({ request: 'same', notes: [], holds: [] })).entries), ['y', 'x'])
  assert.deepEqual(ids(await store.open()), ['x', 'y'])
  assert.deepEqual(ids(await store.list('old-4999', 2)), ['old-5000', 'x'])
  await store.advance('reserved', row('x', 'settled', 2))
  const then = await rowsRead()
  assert.equal(then.scanned - before.scanned, 0)
  assert.ok(
    then.fetched > before.fetched && then.fetched < before.fetched + 30,
    `${then.fetched - before.fetched} rows`,
  )
  await close()
})

test('an error tells nothing of the row', async () => {
  const { store, close } = await open()
  const secret = { ...intent('a', [hold({ amount: 'x' })]), entry: { ...row('a'), sealed: 'the-sealed-text' } }
  const nul = { ...intent('b'), entry: { ...row('b'), record: '\0', sealed: 'the-sealed-text' } }
  for (const wrong of [secret, nul]) {
    await assert.rejects(store.reserve(wrong), (thrown) => {
      assert.match(thrown.message, /^cannot reserve a purchase in Postgres: 22/)
      assert.ok(!JSON.stringify([thrown, thrown.cause, thrown.stack]).includes('the-sealed-text'))
      return true
    })
  }
  assert.deepEqual(await store.list(), [])
  await close()
})
