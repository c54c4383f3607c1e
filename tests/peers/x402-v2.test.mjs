// The official @x402/fetch client really pays the official hono and express sellers on the chain; then every
// fault of the front is tried, asserting for each whether money moved. Balances are read from the token.
// What the official client does wrong here (leaks the payment on a redirect) is what farthing must not do.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { decodePaymentResponseHeader, wrapFetchWithPaymentFromConfig } from '@x402/fetch'
import { ExactEvmScheme } from '@x402/evm'
import { privateKeyToAccount } from 'viem/accounts'
import { accounts, startChain } from './chain.mjs'
import { startFacilitatorV2, startSellerV2 } from './x402-v2.mjs'

const PRICE = 10_000n
const payer = privateKeyToAccount(accounts[1].privateKey)
const schemes = [{ network: 'eip155:*', client: new ExactEvmScheme(payer) }]
const pay = wrapFetchWithPaymentFromConfig(fetch, { schemes })
/** @type {import('./chain.mjs').Chain} */ let chain
/** @type {import('./x402-v2.mjs').Facilitator} */ let facilitator

before(async () => {
  chain = await startChain()
  await chain.mint(payer.address, 1_000_000n)
  facilitator = await startFacilitatorV2(chain)
})
after(async () => {
  await facilitator?.stop()
  await chain?.stop()
})

/** What left the payer while `act` ran. */
async function moved(act) {
  const before = await chain.balanceOf(payer.address)
  const result = await act().catch(error => error)
  return { result, amount: before - (await chain.balanceOf(payer.address)) }
}

for (const framework of /** @type {const} */ (['hono', 'express'])) {
  describe(`official ${framework} seller`, () => {
    /** @type {import('./x402-v2.mjs').Seller} */ let seller
    before(async () => void (seller = await startSellerV2({ chain, facilitatorUrl: facilitator.url, framework })))
    after(() => seller?.stop())

    test('the official client pays GET and the payee has the money', async () => {
      const before = await chain.balanceOf(seller.payTo)
      const { result, amount } = await moved(() => pay(`${seller.url}/paid`))
      assert.equal(result.status, 200)
      assert.deepEqual(await result.json(), { paid: true })
      const settlement = decodePaymentResponseHeader(result.headers.get('payment-response'))
      assert.equal(settlement.success, true)
      assert.equal(settlement.payer, payer.address)
      assert.match(settlement.transaction, /^0x[0-9a-f]{64}$/)
      assert.equal(amount, PRICE)
      assert.equal((await chain.balanceOf(seller.payTo)) - before, PRICE)
      assert.deepEqual(seller.requests.map(({ status }) => status), [402, 200])
    })

    test('POST answers the body that was paid for', async () => {
      const body = JSON.stringify({ question: 'Grüße, 世界' })
      const init = { method: 'POST', body, headers: { 'content-type': 'application/json' } }
      const { result, amount } = await moved(() => pay(`${seller.url}/paid`, init))
      assert.equal(await result.text(), body)
      assert.equal(amount, PRICE)
    })

    test('GET /free costs nothing', async () => {
      const { result, amount } = await moved(() => pay(`${seller.url}/free`))
      assert.equal(result.status, 200)
      assert.equal(amount, 0n)
    })

    test('a page on another origin may pay: preflight and exposed headers', async () => {
      const preflight = await fetch(`${seller.url}/paid`, {
        method: 'OPTIONS',
        headers: { origin: 'https://page.example', 'access-control-request-method': 'POST' },
      })
      assert.equal(preflight.status, 204)
      const allowed = preflight.headers.get('access-control-allow-headers').toLowerCase().split(', ')
      for (const name of ['payment-signature', 'x-payment', 'content-type']) assert.ok(allowed.includes(name), name)
      const unpaid = await fetch(`${seller.url}/paid`)
      assert.equal(unpaid.status, 402)
      assert.equal(unpaid.headers.get('access-control-allow-origin'), '*')
      const exposed = unpaid.headers.get('access-control-expose-headers').toLowerCase()
      for (const name of ['payment-required', 'payment-response', 'x-payment-response']) assert.ok(exposed.includes(name), name)
      assert.ok(unpaid.headers.get('payment-required'))
    })

    const faults = [
      ['drop-before-402', 0n, result => assert.match(result.message, /fetch failed/)],
      ['drop-after-payment', PRICE, result => assert.match(result.message, /fetch failed/)],
      ['402-again', PRICE, result => assert.equal(result.status, 402)],
      ['500-after-settle', PRICE, result => assert.equal(result.status, 500)],
      [
        'lie-success-false',
        PRICE,
        result => {
          assert.equal(result.status, 402)
          assert.equal(decodePaymentResponseHeader(result.headers.get('payment-response')).success, false)
        },
      ],
      [
        'wrong-payer',
        PRICE,
        result => {
          assert.equal(result.status, 200)
          assert.notEqual(decodePaymentResponseHeader(result.headers.get('payment-response')).payer, payer.address)
        },
      ],
      ['redirect-paid', 0n, () => assert.ok(seller.trap.requests.at(-1)?.headers['payment-signature'])],
    ]
    for (const [kind, expected, check] of faults) {
      test(`fault ${kind}: the payer lost ${expected}`, async () => {
        seller.failNext(kind)
        const { result, amount } = await moved(() => pay(`${seller.url}/paid`))
        check(result)
        assert.equal(amount, expected)
        assert.equal(seller.requests.at(-1)?.fault, kind)
        assert.equal((await pay(`${seller.url}/paid`)).status, 200, 'the fault happens once')
      })
    }

    test(`fault stall: settled, never answered; the payer lost ${PRICE}`, async () => {
      seller.failNext('stall')
      const settled = () => facilitator.requests.filter(({ path, answer }) => path === '/settle' && answer).length
      const before = settled()
      const abort = new AbortController()
      const { result, amount } = await moved(async () => {
        const paying = pay(`${seller.url}/paid`, { signal: abort.signal })
        const early = paying.then(({ status }) => assert.fail(`answered with ${status} before it settled`))
        early.catch(() => {})
        while (settled() === before) await Promise.race([early, setTimeout(20)])
        assert.equal(await Promise.race([paying, setTimeout(300, 'silence')]), 'silence')
        abort.abort()
        return paying
      })
      assert.equal(result.name, 'AbortError')
      assert.equal(amount, PRICE)
    })

    test('fault stall-before-402: nothing is asked, nothing moves', async () => {
      seller.failNext('stall-before-402')
      // Not AbortSignal.timeout: nothing but fetch holds it, and under load Node collects it before it fires.
      const abort = new AbortController()
      const timer = setTimeout(300).then(() => abort.abort())
      const { result, amount } = await moved(() => pay(`${seller.url}/paid`, { signal: abort.signal }))
      await timer
      assert.equal(result.name, 'AbortError')
      assert.equal(amount, 0n)
    })

    test('an unknown fault is refused', () => {
      assert.throws(() => seller.failNext(/** @type {any} */ ('explode')), /unknown kind explode/)
    })
  })
}
