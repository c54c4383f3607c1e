// Everything that goes wrong around a payment that was really made, at official sellers and the 4Mica stand-in. The
// seller's own log and the chain are asked, not farthing: one purchase never shows two payments, and moves money once.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { PRICE, startPeers } from '../runtime/peers.mjs'
import { buyer, failure, farthing, paymentsIn, spent, until } from './support.mjs'

let peers
before(async () => void (peers = await startPeers()))
after(() => peers?.stop())

/** What each fault must become. `after` is what the same call again must become; by default the seller refuses it. */
const faults = {
  'drop-after-payment': { code: 'settlement/lost' },
  '402-again': { code: 'settlement/demanded-again' },
  'lie-success-false': { code: 'settlement/demanded-again', facts: /unexpected_settle_error/ },
  '500-after-settle': { status: 500, problem: 'settlement/unavailable' },
  stall: { code: 'request/aborted-late' },
  'redirect-paid': { code: 'settlement/redirected', moved: 0n, again: 'settled' },
  // Content was delivered, so the same request again is a new purchase, for which this budget has no room.
  'wrong-payer': { status: 200, problem: 'settlement/contradicts', again: 'budget/exceeded' },
}

for (const [name, what] of [
  ['v2', 'official v2 seller'],
  ['v1', 'official v1 seller'],
  ['credit', '4Mica seller'],
]) {
  describe(what, () => {
    let seller, url, earlier, from
    beforeEach(async () => {
      seller = peers.sellers[name]
      url = `${seller.url}/paid`
      earlier = await spent(peers)
      from = seller.requests.length
    })
    const moved = async () => (await spent(peers)) - earlier
    const payments = () => paymentsIn(seller.requests.slice(from))

    for (const [kind, expected] of Object.entries(faults)) {
      test(`${kind}: money moves at most once, the budget counts it, and the same bytes are presented again`, async () => {
        const { code, status, problem, facts, moved: amount = PRICE, again = 'settlement/demanded-again' } = expected
        const pay = await buyer(peers.env, { limit: '0.01 USD' })
        seller.failNext(kind)
        const record = code ? await failing(pay, code, facts, amount) : await delivered(pay, status, problem)
        assert.equal(record.state, 'unknown')
        assert.equal(await moved(), amount)
        assert.equal(payments().length, 1)

        await failure(pay(`${url}?another`), 'budget/exceeded')
        assert.equal(payments().length, 1, 'nothing was signed for another purchase')

        // A program that tries until it has an answer.
        for (let round = 0; round < 3; round += 1) {
          if (again === 'settled') {
            const answer = await pay(url)
            assert.equal(answer.status, 200)
            assert.equal(pay.recordOf(answer).purchaseId, record.purchaseId)
            assert.equal(pay.recordOf(answer).state, 'settled')
            break
          }
          const error = await failure(pay(url), again)
          if (again !== 'budget/exceeded') assert.equal(error.record.purchaseId, record.purchaseId)
        }
        assert.equal(new Set(payments()).size, 1, 'one purchase showed two payments')
        assert.equal(payments().length, { settled: 2, 'budget/exceeded': 1 }[again] ?? 4)
        assert.equal(await moved(), PRICE)
        assert.deepEqual(seller.trap.requests, [], 'something reached the other origin')
      })
    }

    async function failing(pay, code, facts, amount) {
      const controller = new AbortController()
      const paying = pay(url, { signal: controller.signal })
      if (code === 'request/aborted-late') {
        paying.catch(() => {})
        await until(async () => (await moved()) === amount, 'the stalled payment has settled')
        controller.abort()
      }
      const error = await failure(paying, code)
      assert.equal(error.money, 'unknown')
      if (facts) assert.match(error.facts, facts)
      assert.deepEqual((await pay.records())[0], error.record)
      assert.equal(error.record.evidence.problem, code)
      return error.record
    }

    async function delivered(pay, status, problem) {
      const answer = await pay(url)
      assert.equal(answer.status, status)
      assert.equal(await answer.text(), status === 200 ? '{"paid":true}' : 'internal server error')
      const record = pay.recordOf(answer)
      assert.equal(record.evidence.problem, problem)
      assert.equal(record.evidence.status, status)
      return record
    }

    test('drop-before-402: nothing is signed, and the next try pays once', async () => {
      const pay = await buyer(peers.env, { limit: '0.01 USD' })
      seller.failNext('drop-before-402')
      const error = await failure(pay(url, { purchaseId: 'dropped' }), 'request/failed')
      assert.equal(error.money, 'untouched')
      assert.equal(payments().length, 0)
      assert.deepEqual(await pay.records(), [])
      const answer = await pay(url, { purchaseId: 'dropped' })
      assert.equal(pay.recordOf(answer).state, 'settled')
      assert.equal(await moved(), PRICE)
    })

    test('stall-before-402 and abort: nothing is signed', async () => {
      const pay = await buyer(peers.env)
      const controller = new AbortController()
      seller.failNext('stall-before-402')
      const paying = pay(url, { signal: controller.signal })
      paying.catch(() => {})
      await until(() => seller.requests.length > from, 'the request has arrived')
      controller.abort()
      assert.equal((await failure(paying, 'request/aborted')).money, 'untouched')
      assert.equal(payments().length, 0)
      assert.equal(await moved(), 0n)
    })

    test('five callers at once with one purchase id: one payment, five answers', async () => {
      const pay = await buyer(peers.env)
      const answers = await Promise.all(Array.from({ length: 5 }, () => pay(url, { purchaseId: 'shared' })))
      for (const answer of answers) {
        assert.deepEqual(await answer.json(), { paid: true })
        assert.equal(pay.recordOf(answer).state, 'settled')
      }
      assert.equal(payments().length, 1)
      assert.equal(await moved(), PRICE)
    })

    test('two programs at once on one store and purchase id: one authorisation, whoever wins', async () => {
      const store = farthing.memoryStore()
      const both = await Promise.all([buyer(peers.env, { store }), buyer(peers.env, { store })])
      const ended = await Promise.allSettled(both.map((pay) => pay(url, { purchaseId: 'race' })))
      const won = ended.filter(({ status }) => status === 'fulfilled')
      assert.ok(won.length >= 1, String(ended.map(({ reason }) => reason)))
      for (const { reason } of ended) if (reason) assert.match(reason.code, /^purchase\/(in-progress|already-settled)$/)
      assert.equal(new Set(payments()).size, 1)
      assert.equal(await moved(), PRICE)
      assert.deepEqual(
        (await both[0].records()).map(({ state }) => state),
        ['settled'],
      )
    })

    test('a program that takes over after a crash presents the bytes that the other had signed', async () => {
      const store = farthing.memoryStore()
      const crashing = (input, init) =>
        paymentsIn([{ headers: Object.fromEntries(new Headers(init.headers)) }]).length > 0
          ? new Promise(() => {})
          : fetch(input, init)
      const crashed = await buyer(peers.env, { store, fetch: crashing, limit: '0.01 USD' })
      crashed(url, { purchaseId: 'crash' }).catch(() => {})
      const row = async () => (await store.read({ purchaseId: 'crash', notes: [], holds: [] })).entries[0]
      await until(async () => (await row())?.state === 'signed', 'the payment is signed')
      const { value } = JSON.parse((await row()).sealed)

      const heir = await buyer(peers.env, { store, limit: '0.01 USD' })
      const answer = await heir(url, { purchaseId: 'crash' })
      assert.equal(heir.recordOf(answer).state, 'settled')
      assert.deepEqual(payments(), [value])
      assert.equal(await moved(), PRICE)
    })

    test('paid before: the same purchase id never pays again', async () => {
      const pay = await buyer(peers.env)
      assert.equal((await pay(url, { purchaseId: 'once' })).status, 200)
      const error = await failure(pay(url, { purchaseId: 'once' }), 'purchase/already-settled')
      assert.equal(error.money, 'moved')
      assert.equal(new Set(payments()).size, 1)
      assert.equal(await moved(), PRICE)
      assert.deepEqual(
        (await pay.records()).map(({ state }) => state),
        ['settled'],
      )
    })
  })
}

test('a store that fails before the signature is sent: nothing leaves', async () => {
  const store = farthing.memoryStore()
  const seller = peers.sellers.v2
  for (const [operation, code] of [
    ['read', 'store/failed'],
    ['reserve', 'store/failed'],
    ['advance', 'store/failed'],
  ]) {
    const from = seller.requests.length
    const broken = { ...store, [operation]: async () => Promise.reject(new Error('disk full')) }
    const pay = await buyer(peers.env, { store: broken })
    const error = await failure(pay(`${seller.url}/paid?${operation}`), code)
    assert.equal(error.cause.message, 'disk full')
    assert.deepEqual(paymentsIn(seller.requests.slice(from)), [], operation)
  }
})

test('a store that hangs is given up after timeoutMs, and nothing leaves', async () => {
  const store = { ...farthing.memoryStore(), reserve: () => new Promise(() => {}) }
  const seller = peers.sellers.v2
  const from = seller.requests.length
  const pay = await buyer(peers.env, { store, timeoutMs: 1000 })
  await failure(pay(`${seller.url}/paid`), 'store/failed')
  assert.deepEqual(paymentsIn(seller.requests.slice(from)), [])
})

test('a store that loses the last write: the answer is delivered, the record says what is not known', async () => {
  const store = farthing.memoryStore()
  const forgetful = {
    ...store,
    advance: async (from, entry) =>
      entry.state === 'settled' ? Promise.reject(new Error('disk full')) : store.advance(from, entry),
  }
  const pay = await buyer(peers.env, { store: forgetful, limit: '0.01 USD' })
  const answer = await pay(`${peers.sellers.v2.url}/paid`)
  assert.deepEqual(await answer.json(), { paid: true })
  assert.equal(pay.recordOf(answer).evidence.problem, 'store/failed-late')
  assert.equal(pay.recordOf(answer).state, 'signed')
  await failure(pay(`${peers.sellers.v2.url}/paid?next`), 'budget/exceeded')
})
