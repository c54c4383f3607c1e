// The official x402-fetch 1.2 client really pays the official x402-hono 1.1 seller on the chain, and so does the
// official v2 client in its v1 mode. Skipped, visibly, while tests/peers/legacy is not installed.
// The faults are the same front as in x402-v2.test.mjs; here only what v1 shapes differently.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { wrapFetchWithPaymentFromConfig } from '@x402/fetch'
import { ExactEvmSchemeV1 } from '@x402/evm/exact/v1/client'
import { privateKeyToAccount } from 'viem/accounts'
import { accounts, startChain } from './chain.mjs'
import { decodeHeader } from './http.mjs'

const legacy = new URL('./legacy/', import.meta.url)
const installed = existsSync(new URL('node_modules/x402-fetch/package.json', legacy))
const skip = installed ? false : 'not installed: run `npm ci` in tests/peers/legacy'

describe('official v1 seller', { skip }, () => {
  const PRICE = 10_000n
  const payer = privateKeyToAccount(accounts[1].privateKey)
  let chain, facilitator, seller, payV1

  before(async () => {
    const peers = await import('./legacy/x402-v1.mjs')
    const resolved = createRequire(new URL('x402-v1.mjs', legacy)).resolve('x402-fetch')
    const { createSigner, wrapFetchWithPayment } = await import(pathToFileURL(resolved).href)
    chain = await startChain()
    await chain.mint(payer.address, 1_000_000n)
    facilitator = await peers.startFacilitatorV1(chain)
    seller = await peers.startSellerV1({ chain, facilitatorUrl: facilitator.url })
    payV1 = wrapFetchWithPayment(fetch, await createSigner('base-sepolia', accounts[1].privateKey))
  })
  after(async () => {
    await seller?.stop()
    await facilitator?.stop()
    await chain?.stop()
  })

  async function moved(act) {
    const before = await chain.balanceOf(payer.address)
    const result = await act()
    return { result, amount: before - (await chain.balanceOf(payer.address)) }
  }

  test('the official v1 client pays GET and the payee has the money', async () => {
    const before = await chain.balanceOf(seller.payTo)
    const { result, amount } = await moved(() => payV1(`${seller.url}/paid`))
    assert.deepEqual(await result.json(), { paid: true })
    const settlement = decodeHeader(result.headers.get('x-payment-response'))
    assert.equal(settlement.success, true)
    assert.equal(settlement.network, 'base-sepolia')
    assert.equal(settlement.payer, payer.address)
    assert.equal(amount, PRICE)
    assert.equal((await chain.balanceOf(seller.payTo)) - before, PRICE)
  })

  test('POST answers the body that was paid for', async () => {
    const init = { method: 'POST', body: 'two words', headers: { 'content-type': 'text/plain' } }
    const { result, amount } = await moved(() => payV1(`${seller.url}/paid`, init))
    assert.equal(await result.text(), 'two words')
    assert.equal(amount, PRICE)
  })

  test('the official v2 client pays it in v1 mode', async () => {
    const schemes = [{ network: 'base-sepolia', client: new ExactEvmSchemeV1(payer), x402Version: 1 }]
    const { result, amount } = await moved(() => wrapFetchWithPaymentFromConfig(fetch, { schemes })(`${seller.url}/paid`))
    assert.equal(result.status, 200)
    assert.equal(amount, PRICE)
  })

  test('fault lie-success-false repeats the challenge in the body, as v1 does; the money is gone', async () => {
    seller.failNext('lie-success-false')
    const { result, amount } = await moved(() => payV1(`${seller.url}/paid`))
    assert.equal(result.status, 402)
    const body = await result.json()
    assert.equal(body.x402Version, 1)
    assert.equal(body.accepts.length, 1)
    assert.equal(decodeHeader(result.headers.get('x-payment-response')).success, false)
    assert.equal(amount, PRICE)
  })

  test('fault redirect-paid: the official v1 client leaks its payment to another origin', async () => {
    seller.failNext('redirect-paid')
    const { amount } = await moved(() => payV1(`${seller.url}/paid`))
    assert.ok(seller.trap.requests.at(-1)?.headers['x-payment'])
    assert.equal(amount, 0n)
  })
})
