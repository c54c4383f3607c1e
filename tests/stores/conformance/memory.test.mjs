// The ephemeral store: the contract, and that its memory stays within what was allowed.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { load } from '../package-under-test.mjs'
import { checkStore } from './run-suite.mjs'

const { memoryStore } = await load('index')

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')

const row = (purchaseId, state = 'reserved', step = 1) => ({
  purchaseId,
  state,
  step,
  record: `{"id":"${purchaseId}"}`,
})
const hold = (bucket, over) => ({ key: 'day', amount: '1', limit: '99', bucket, keep: 24, until: 'proof', ...over })
const intent = (entry, parts) => ({ entry, holds: [], notes: [], ...parts })

checkStore('memory', () => memoryStore())

describe('memory, full', () => {
  test('a million purchases leave memory flat', { timeout: 120_000 }, async () => {
    const store = memoryStore({ maxEntries: 1_000 })
    const notes = [{ key: 'n', value: 'v' }]
    async function buy(from, to) {
      for (let number = from; number < to; number += 1) {
        const holds = [hold(Math.floor(number / 5)), hold(0, { key: 'all', limit: '1000000' })]
        const entry = { ...row(`p${number}`), request: `r${number}` }
        assert.equal((await store.reserve(intent(entry, { holds, notes }))).kind, 'held')
        assert.equal(await store.advance('reserved', row(entry.purchaseId, number % 5 ? 'dead' : 'settled', 2)), true)
      }
      collect()
      return process.memoryUsage().heapUsed
    }
    const early = await buy(0, 50_000)
    const late = await buy(50_000, 1_000_000)
    assert.ok(late - early < 1_000_000, `the heap grew by ${late - early} bytes`)
    assert.equal((await store.list(undefined, 2_000)).length, 1_000)
  })

  test('the purchase that finished longest ago is forgotten, an open one never', async () => {
    const store = memoryStore({ maxEntries: 3 })
    for (const id of ['a', 'b', 'c']) await store.reserve(intent(row(id, 'asked')))
    await store.advance('asked', row('b', 'settled', 2))
    await store.advance('asked', row('a', 'settled', 2))
    await store.reserve(intent(row('d', 'asked')))
    assert.deepEqual(
      (await store.list()).map((entry) => entry.purchaseId),
      ['a', 'c', 'd'],
    )
    await store.reserve(intent(row('e', 'asked')))
    assert.deepEqual(
      (await store.list()).map((entry) => entry.purchaseId),
      ['c', 'd', 'e'],
    )
    await assert.rejects(store.reserve(intent(row('f'), { holds: [hold(0)], notes: [{ key: 'n', value: 'v' }] })), {
      message: 'cannot keep another purchase: 3 are open',
    })
    const after = { entries: [], notes: [null], used: ['0'] }
    assert.deepEqual(await store.read({ purchaseId: 'f', notes: ['n'], holds: [hold(0)] }), after)
  })

  test('what a forgotten purchase spent still counts', async () => {
    const store = memoryStore({ maxEntries: 1 })
    for (const id of ['a', 'b', 'c']) {
      await store.reserve(intent(row(id), { holds: [hold(0)] }))
      await store.advance('reserved', row(id, 'settled', 2))
    }
    assert.deepEqual((await store.read({ notes: [], holds: [hold(0)] })).used, ['3'])
  })

  test('one budget too many is an error, and the reservation leaves nothing', async () => {
    const store = memoryStore({ maxEntries: 2 })
    await store.reserve(intent(row('a'), { holds: [hold(0, { key: 'x' }), hold(0, { key: 'y' })] }))
    const late = intent(row('b'), { holds: [hold(0, { key: 'x' }), hold(0, { key: 'z' })] })
    await assert.rejects(store.reserve(late), { message: 'cannot keep another budget: 2 are kept' })
    assert.deepEqual((await store.read({ purchaseId: 'b', notes: [], holds: [hold(0, { key: 'x' })] })).used, ['1'])
    assert.equal((await store.list()).length, 1)
  })

  test('one note too many is an error, a change of one is none', async () => {
    const store = memoryStore({ maxEntries: 2 })
    for (const key of ['a', 'b']) assert.equal(await store.remember({ key, value: '1' }), true)
    await assert.rejects(store.remember({ key: 'c', value: '1' }), { message: 'cannot keep another note: 2 are kept' })
    const late = intent(row('p'), { notes: [{ key: 'c', value: '1' }] })
    await assert.rejects(store.reserve(late), { message: 'cannot keep another note: 2 are kept' })
    assert.equal(await store.remember({ key: 'a', was: '1', value: '2' }), true)
    assert.deepEqual(await store.list(), [])
  })
})
