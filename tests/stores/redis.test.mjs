// farthing/stores/redis against a real server, with ioredis and node-redis.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { load } from './package-under-test.mjs'
import { closeAll, newPlace, openStore } from './servers/clients.mjs'
import { startProxy } from './servers/proxy.mjs'
import { startRedis } from './servers/redis.mjs'
import { crash, hold, intent, pace, race, row } from './servers/scenes.mjs'

let redis
before(async () => (redis = await startRedis()))
after(async () => {
  await closeAll()
  await redis?.stop()
})

const open = (library, place = newPlace(), url = redis.url, options) => openStore(load, library, url, place, options)

for (const library of ['ioredis', 'redis']) {
  test(`the store keeps its contract with ${library}`, async (context) => {
    const { storeConformance } = await load('store-conformance')
    const seats = new Map()
    const seatAt = async (place) => {
      const seat = { place, ...(await open(library, place)) }
      seats.set(seat.store, seat)
      return seat.store
    }
    const checks = storeConformance(() => seatAt(newPlace()), {
      reopen: (store) => seatAt(seats.get(store).place),
      makeNewer: (store) => write(seats.get(store), 'hset', `{${seats.get(store).place}}:meta`, 'version', '2'),
      close: (store) => seats.get(store).close(),
    })
    for (const { name, run } of checks) await context.test(name, run)
  })

  test(`of 1 000 reservations by four processes with ${library} a budget for 100 holds exactly 100`, async (context) => {
    const { perSecond } = await race(load, library, redis.url, newPlace())
    context.diagnostic(`${perSecond} answers per second`)
  })

  test(`what ${library} was told is held is there after the server was killed`, async (context) => {
    const server = await startRedis()
    context.after(() => server.kill())
    // As given, ioredis waits for the server to come back; the scene wants to see what a caller without patience sees.
    const options =
      library === 'ioredis' ? { maxRetriesPerRequest: 0, retryStrategy: () => null } : { disableOfflineQueue: true }
    context.diagnostic(JSON.stringify(await crash(load, library, server, newPlace(), options)))
  })

  test(`${library} reserves at a pace`, async (context) => {
    const { perSecond } = await pace(load, library, redis.url, newPlace(), () => 'all')
    context.diagnostic(`${perSecond} reservations per second, on the disk before every answer`)
    assert.ok(perSecond > 50)
  })
}

/** A command of the client itself. */
const write = ({ client }, ...args) => (client.call ? client.call(...args) : client.sendCommand(args))

test('a client that sends a call again after a lost answer is told what the first one did', async () => {
  const proxy = await startProxy(redis.port)
  const { store, close } = await open('ioredis', newPlace(), `redis://127.0.0.1:${proxy.port}`)
  const losing = (act) => (proxy.loseNext(), act())
  assert.deepEqual(await losing(() => store.reserve(intent('a'))), { kind: 'held' })
  assert.equal(await losing(() => store.advance('reserved', row('a', 'signed', 2))), true)
  assert.equal(await losing(() => store.remember({ key: 'n', value: 'v' })), true)
  assert.equal(proxy.lost(), 3)
  const view = await store.read({ purchaseId: 'a', notes: ['n'], holds: [hold()] })
  assert.deepEqual(view, { entries: [row('a', 'signed', 2)], notes: ['v'], used: ['1'] })
  assert.deepEqual(await store.reserve(intent('a')), { kind: 'exists' })
  await close()
  await proxy.stop()
})

test('a lost answer is a rejection, and the reservation may have happened', async () => {
  const proxy = await startProxy(redis.port)
  const place = newPlace()
  const { store, close } = await open('redis', place, `redis://127.0.0.1:${proxy.port}`)
  proxy.loseNext()
  await assert.rejects(store.reserve(intent('a')), /^Error: cannot reserve a purchase in Redis: /)
  assert.equal(proxy.lost(), 1)
  await close()
  await proxy.stop()
  const direct = await open('redis', place)
  assert.deepEqual(await direct.store.reserve(intent('a')), { kind: 'exists' })
  await direct.close()
})

test('sums of random numbers below 2^256 equal those of BigInt', async () => {
  const { store, close } = await open('redis')
  const largest = 2n ** 256n - 1n
  const sums = new Map()
  const waiting = []
  let [held, exceeded, released] = [0, 0, 0]
  for (let number = 0; number < 1_500; number += 1) {
    const key = `k${number % 5}`
    const used = sums.get(key) ?? 0n
    const [amount, limit] = [randomNumber(), number % 3 ? largest : randomNumber()]
    const answer = await store.reserve(intent(`p${number}`, [hold({ key, amount: `${amount}`, limit: `${limit}` })]))
    if (used + amount > limit) {
      assert.deepEqual(answer, { kind: 'exceeds', key, used: `${used}` })
      exceeded += 1
    } else {
      assert.deepEqual(answer, { kind: 'held' })
      sums.set(key, used + amount)
      waiting.push({ id: `p${number}`, key, amount })
      held += 1
    }
    if (number % 2 && waiting.length > 0) {
      const [{ id, key, amount }] = waiting.splice(number % waiting.length, 1)
      assert.equal(await store.advance('reserved', row(id, 'dead', 2)), true)
      sums.set(key, sums.get(key) - amount)
      released += 1
    }
    const wanted = [...sums.keys()]
    const view = await store.read({ notes: [], holds: wanted.map((key) => hold({ key })) })
    assert.deepEqual(
      view.used,
      wanted.map((key) => `${sums.get(key)}`),
    )
  }
  assert.ok(held > 300 && exceeded > 300 && released > 200, `${held} held, ${exceeded} exceeded, ${released} released`)
  await close()
})

test('a carry and a borrow run through every part of a number', async () => {
  const { store, close } = await open('redis')
  for (const digits of [1, 14, 15, 16, 29, 30, 31, 45, 60, 75, 76]) {
    for (const lead of [0n, 1n, 7n]) {
      const key = `${digits} ${lead}`
      const nines = lead * 10n ** BigInt(digits) + 10n ** BigInt(digits) - 1n
      const one = hold({ key, limit: `${nines + 1n}` })
      assert.deepEqual(await store.reserve(intent(`${key} a`, [{ ...one, amount: `${nines}` }])), { kind: 'held' })
      assert.deepEqual(await store.reserve(intent(`${key} b`, [one])), { kind: 'held' })
      const full = { kind: 'exceeds', key, used: `${nines + 1n}` }
      assert.deepEqual(await store.reserve(intent(`${key} c`, [one])), full)
      await store.advance('reserved', row(`${key} b`, 'dead', 2))
      assert.deepEqual((await store.read({ notes: [], holds: [one] })).used, [`${nines}`])
    }
  }
  await close()
})

/** Of any length up to 256 bits, every third one next to a power of 10^15, where the script's parts carry. */
function randomNumber() {
  const bits = BigInt(
    `0x${[...crypto.getRandomValues(new Uint8Array(32))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`,
  )
  const near = 10n ** BigInt(15 * Math.floor(Math.random() * 6)) + BigInt(Math.floor(Math.random() * 3)) - 1n
  return Math.random() < 1 / 3 ? near : bits >> BigInt(Math.floor(Math.random() * 256))
}

test('every operation is one command of the server and names all its keys', async () => {
  const { store, client, close } = await open('redis')
  await store.reserve(intent('a'))
  const commands = async () => {
    const text = await client.info('commandstats')
    return new Map([...text.matchAll(/^cmdstat_(\w+):calls=(\d+)/gm)].map(([, name, calls]) => [name, Number(calls)]))
  }
  const steps = [
    () => store.reserve(intent('b')),
    () => store.advance('reserved', row('b', 'settled', 2)),
    () => store.read({ request: 'r', notes: ['n'], holds: [hold()] }),
    () => store.remember({ key: 'n', value: 'v' }),
    () => store.open(),
    () => store.list(),
  ]
  for (const step of steps) {
    const earlier = await commands()
    await step()
    const later = await commands()
    assert.equal(later.get('evalsha') - earlier.get('evalsha'), 1)
    for (const name of ['eval', 'keys', 'scan', 'hgetall', 'hkeys', 'hscan', 'zscan'])
      assert.equal(later.get(name) ?? 0, earlier.get(name) ?? 0, name)
  }
  await close()
})

test('a server that forgot the script is given it again', async () => {
  const { store, client, close } = await open('ioredis')
  await client.script('FLUSH')
  assert.deepEqual(await store.reserve(intent('a')), { kind: 'held' })
  await close()
})

test('a store whose keys were wiped refuses to start again at zero', async () => {
  const place = newPlace()
  const { store, client, close } = await open('ioredis', place)
  await store.reserve(intent('a'))
  await client.del(...(await client.keys(`{${place}}:*`)))
  await assert.rejects(store.reserve(intent('b')), { message: /is gone since the store was opened$/ })
  await assert.rejects(store.list(), { message: /is gone since the store was opened$/ })
  const second = await open('ioredis', place)
  assert.deepEqual(await second.store.reserve(intent('b')), { kind: 'held' })
  await second.close()
  await close()
})

test('a newer schema is refused by a store that is open already', async () => {
  const place = newPlace()
  const { store, client, close } = await open('redis', place)
  await store.reserve(intent('a'))
  await client.hSet(`{${place}}:meta`, 'version', '2')
  const steps = [
    () => store.reserve(intent('b')),
    () => store.advance('reserved', row('a', 'dead', 2)),
    () => store.read({ notes: [], holds: [] }),
    () => store.remember({ key: 'n', value: 'v' }),
    () => store.open(),
    () => store.list(),
  ]
  for (const step of steps) await assert.rejects(step, { message: /its schema is version 2, this farthing knows 1$/ })
  await client.hSet(`{${place}}:meta`, 'version', '1')
  assert.deepEqual(await store.list(), [row('a')])
  await close()
})

test('a store is durable where the server shows it, and ephemeral with a reason elsewhere', async () => {
  for (const library of ['ioredis', 'redis']) {
    const { store, close } = await open(library)
    assert.deepEqual([store.durability, store.doubt], ['durable', undefined])
    await close()
  }
  const settings = [
    [['--appendonly', 'no'], 'appendonly is not yes'],
    [['--appendfsync', 'everysec'], 'appendfsync is not always'],
    [['--maxmemory-policy', 'allkeys-lru'], 'maxmemory-policy evicts keys'],
    [['--rename-command', 'CONFIG', ''], /^the server does not tell its settings: .*unknown command/],
  ]
  const { redisStore } = await load('stores/redis')
  for (const [given, reason] of settings) {
    const server = await startRedis(given)
    for (const library of ['ioredis', 'redis']) {
      const { store, client, close } = await open(library, 'farthing', server.url)
      assert.equal(store.durability, 'ephemeral')
      if (typeof reason === 'string') assert.equal(store.doubt, reason)
      else assert.match(store.doubt, reason)
      const stated = await redisStore(client, { durability: 'durable' })
      assert.deepEqual([stated.durability, stated.doubt], ['durable', undefined])
      await close()
    }
    await server.stop()
  }
})

test('what is no client, and a prefix that spreads keys over slots, is refused', async () => {
  const { redisStore } = await load('stores/redis')
  const upstash = { evalsha: async () => [], eval: async () => [] }
  await assert.rejects(redisStore(upstash), { message: /neither of ioredis nor of node-redis$/ })
  const { client, close } = await open('redis')
  for (const prefix of ['', 'a}b', '{a', '{}'])
    await assert.rejects(redisStore(client, { prefix }), { message: /its prefix is empty or has a brace$/ })
  await close()
})

test('an error tells nothing of the row', async () => {
  const { store, client, close } = await open('ioredis', 'wrong')
  await client.set('{wrong}:rows', 'a string')
  const secret = { ...intent('a'), entry: { ...row('a'), sealed: 'the-sealed-text' } }
  await assert.rejects(store.reserve(secret), (thrown) => {
    assert.match(thrown.message, /^cannot reserve a purchase in Redis: .*WRONGTYPE/)
    assert.ok(!JSON.stringify([thrown, thrown.cause, thrown.stack]).includes('the-sealed-text'))
    return true
  })
  await close()
})
