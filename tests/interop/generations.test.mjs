// The four incompatible generations of `4mica-credit` behind one scheme name and one call: chosen from the requirements
// and the pinned core, recorded, paid, certified. The cores are stand-ins (tests/peers); generation 2 answers as recorded.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accounts, payer, payTo, PRICE } from '../runtime/peers.mjs'
import { startCore } from '../peers/fourmica/core.mjs'
import { startFacilitator4mica } from '../peers/fourmica/facilitator.mjs'
import { signingExtra, startSeller4mica } from '../peers/fourmica/seller.mjs'
import { decodeHeader } from '../peers/http.mjs'
import { requireTool } from '../runtime/harness/installed.mjs'
import { buyer, facilitatorAt, failure, farthing, openAccount, paymentsIn } from './support.mjs'

const NETWORK = 'eip155:84532'

/** A core of one generation, its facilitator and a seller, until the test ends. */
async function guaranteed(t, generation, sellerOptions = {}) {
  const tabs = generation === 'tab'
  const core = await startCore({ generation })
  t.after(core.stop)
  const facilitator = await startFacilitator4mica({ coreUrl: core.url, tabs })
  t.after(facilitator.stop)
  const options = { ...(tabs && { tabEndpoint: 'tabs' }), ...sellerOptions }
  const seller = await startSeller4mica({ facilitatorUrl: facilitator.url, payTo, amount: PRICE, ...options })
  t.after(seller.stop)
  core.deposit(payer.address, seller.asset, 1_000_000n)
  const cores = [{ network: NETWORK, url: core.url }]
  const account = await openAccount({ wallet: farthing.localWallet(payer.privateKey), network: NETWORK, cores })
  const locked = () => BigInt(core.balanceOf(payer.address, seller.asset)?.locked ?? 0)
  const env = { payer, cores, sellers: { one: seller.url } }
  return { core, seller, env, account, cores, locked, url: `${seller.url}/paid` }
}

const SHAPES = {
  tab: ({ claims }) => assert.match(claims.tab_id, /^0x/),
  cycle: ({ claims }) => assert.equal(claims.tab_id, undefined),
  sdk2: ({ claims }) => assert.equal(claims.version, 'v1'),
  'clearing-house': ({ payload }) => assert.match(payload.salt, /^0x[0-9a-f]{64}$/),
}

for (const [generation, shape] of Object.entries(SHAPES)) {
  for (const x402Version of [1, 2]) {
    test(`${generation}, x402 v${x402Version}: nothing is configured but the core, and the payment is certified`, async (t) => {
      const { env, account, seller, locked, url } = await guaranteed(t, generation, { x402Version })
      const pay = await buyer(env, { account })
      for (let i = 1; i <= 3; i += 1) {
        const answer = await pay(`${url}?${i}`)
        const record = pay.recordOf(answer)
        assert.deepEqual([answer.status, record.state, record.attempt.kind], [200, 'settled', generation], record.evidence.problem)
        assert.equal(locked(), PRICE * BigInt(i))
      }
      const payloads = paymentsIn(seller.requests).map((header) => decodeHeader(header).payload)
      payloads.forEach(shape)
      if (generation !== 'tab') {
        const ids = payloads.map(({ claims, payload }) => BigInt((claims ?? payload).req_id))
        assert.ok(ids.every((id) => id > 2n ** 200n) && new Set(ids).size === 3, 'request ids are 256 random bits')
      }
    })
  }
}

test('a pinned generation that the core does not speak stops everything before a signature', async (t) => {
  const { cores, env, url, seller } = await guaranteed(t, 'sdk2')
  const pay = await buyer({ ...env, cores: [{ ...cores[0], generation: 'cycle' }] })
  const error = await failure(pay(url), 'guarantee/generation')
  assert.equal(error.money, 'untouched')
  assert.deepEqual(paymentsIn(seller.requests), [])
})

test('generation 3 signs under the domain a seller states only when it is the pinned core’s', async (t) => {
  const { core, env, seller, url } = await guaranteed(t, 'sdk2')
  const extra = await signingExtra(core.url)
  await seller.stop()
  const facilitator = await startFacilitator4mica({ coreUrl: core.url })
  t.after(facilitator.stop)
  for (const [stated, state] of [
    [extra, 'settled'],
    [{ ...extra, verifyingContract: accounts[9].address }, 'guarantee'],
  ]) {
    const other = await startSeller4mica({ facilitatorUrl: facilitator.url, payTo, amount: PRICE, extra: stated })
    t.after(other.stop)
    const pay = await buyer({ ...env, sellers: { one: other.url } })
    if (state === 'settled') assert.equal(pay.recordOf(await pay(`${other.url}/paid`)).state, 'settled')
    else await failure(pay(`${other.url}/paid`), 'policy/domain-pin')
  }
  assert.ok(url)
})

test('a core of generation 4 without an account to log in with is a typed refusal, and nothing is signed', async (t) => {
  const { env, url, seller } = await guaranteed(t, 'clearing-house')
  const pay = await buyer(env)
  const error = await failure(pay(url), 'guarantee/core-login')
  assert.deepEqual([error.money, paymentsIn(seller.requests)], ['untouched', []])
})

test('a validated payment of generation 3 is signed alike by a key, viem and ethers, and only where the owner allows it', async (t) => {
  const { privateKeyToAccount } = requireTool('viem/accounts')
  const { Wallet } = requireTool('ethers')
  const validator = `${NETWORK}:${accounts[5].address.toLowerCase()}`
  const validation = { validator, subject: `0x${'42'.repeat(32)}`, deadline: 1_900_000_600, params: '0xdeadbeef' }
  const { env, cores, seller, url } = await guaranteed(t, 'sdk2', { extra: { validation } })
  const stranger = await buyer(env)
  const error = await failure(stranger(url), 'guarantee/validation-not-allowed')
  assert.deepEqual([error.money, paymentsIn(seller.requests)], ['untouched', []])
  const allowed = [{ ...cores[0], validations: { validators: [validator] } }]
  const policy = { perRequest: '0.10 USD', sellers: [seller.url] }
  for (const wallet of [
    farthing.localWallet(payer.privateKey),
    privateKeyToAccount(payer.privateKey),
    new Wallet(payer.privateKey),
  ]) {
    const pay = await farthing.wrapFetch(fetch, { wallet, policy, cores: allowed })
    const record = pay.recordOf(await pay(url))
    assert.equal(record.state, 'settled', record.evidence.problem)
  }
  const { claims } = decodeHeader(paymentsIn(seller.requests).at(-1)).payload
  assert.deepEqual(claims.validation, validation)
})

test('a seller asks its facilitator, or core itself, and learns whether a guarantee may exist', async (t) => {
  const seller = accounts[2]
  const core = await startCore({ issuers: [seller.address] })
  t.after(core.stop)
  const stand = await startFacilitator4mica({ coreUrl: core.url })
  t.after(stand.stop)
  const shop = await startSeller4mica({ facilitatorUrl: stand.url, payTo: seller.address, amount: PRICE })
  t.after(shop.stop)
  core.deposit(payer.address, shop.asset, 2n * PRICE)
  const cores = [{ network: NETWORK, url: core.url }]
  const facilitator = await facilitatorAt(stand.url)
  assert.deepEqual(await facilitator.supported(), [
    { scheme: '4mica-credit', network: NETWORK, x402Version: 1 },
    { scheme: '4mica-credit', network: NETWORK, x402Version: 2 },
  ])

  // A payer whose payments reach nobody but this test.
  const kept = []
  const away = async (input, init) => {
    const header = new Headers(init?.headers).get('PAYMENT-SIGNATURE')
    if (!header) return fetch(input, init)
    kept.push(decodeHeader(header))
    throw new TypeError('lost')
  }
  const policy = { perRequest: '0.10 USD', sellers: [shop.url] }
  const wallet = farthing.localWallet(payer.privateKey)
  const pay = await farthing.wrapFetch(away, { wallet, policy, cores })
  for (const n of [1, 2, 3]) await failure(pay(`${shop.url}/paid?${n}`), 'settlement/lost')

  const presented = (i) => ({ x402Version: 2, paymentPayload: kept[i], paymentRequirements: shop.requirements() })
  assert.deepEqual(await facilitator.verify(presented(0)), { valid: true })
  const settled = await facilitator.settle(presented(0))
  assert.ok(settled.issued && /^0x[0-9a-f]+$/.test(settled.certificate.claims))
  const again = await facilitator.settle(presented(0))
  assert.deepEqual([again.issued, again.code, again.exists], [false, 'core/duplicate', 'maybe'])

  const own = await openAccount({ wallet: farthing.localWallet(seller.privateKey), network: NETWORK, cores })
  assert.ok((await own.issue(kept[1].payload)).issued)
  const poor = await own.issue(kept[2].payload)
  assert.deepEqual([poor.issued, poor.code, poor.exists, poor.status], [false, 'core/collateral', 'no', 400])
  core.failNext('error-after-issue')
  core.deposit(payer.address, shop.asset, PRICE)
  const lost = await own.issue(kept[2].payload)
  assert.deepEqual([lost.issued, lost.code, lost.exists], [false, 'core/failed', 'maybe'])
})
