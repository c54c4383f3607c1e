// `4mica-credit`: what farthing takes from a core and from a seller's settlement, and what it does not. The core is a
// stand-in whose rules are the recorded ones (tests/peers); its certificates are really signed.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { accounts, payer, payTo, PRICE } from '../runtime/peers.mjs'
import { startCore } from '../peers/fourmica/core.mjs'
import { startFacilitator4mica } from '../peers/fourmica/facilitator.mjs'
import { startSeller4mica } from '../peers/fourmica/seller.mjs'
import { validation } from '../peers/fourmica/validation.mjs'
import { decodeHeader } from '../peers/http.mjs'
import { buyer, failure, paymentsIn } from './support.mjs'
import { manInTheMiddle } from './tamper.mjs'

const { bls12_381 } = createRequire(new URL('../peers/package.json', import.meta.url))('@noble/curves/bls12-381')
const NETWORK = 'eip155:84532'

/** A core with collateral, its facilitator and a seller, until the test ends. */
async function guaranteed(t, { deposit = 1_000_000n, core: coreOptions, ...sellerOptions } = {}) {
  const core = await startCore(coreOptions)
  t.after(() => core.stop())
  const facilitator = await startFacilitator4mica({ coreUrl: core.url })
  t.after(() => facilitator.stop())
  const seller = await startSeller4mica({ facilitatorUrl: facilitator.url, payTo, amount: PRICE, ...sellerOptions })
  t.after(() => seller.stop())
  if (deposit > 0n) core.deposit(payer.address, seller.asset, deposit)
  const env = { payer, sellers: { one: seller.url }, cores: [{ network: NETWORK, url: core.url }] }
  const locked = () => BigInt(core.balanceOf(payer.address, seller.asset)?.locked ?? 0)
  return { core, seller, env, locked, url: `${seller.url}/paid` }
}

for (const x402Version of [1, 2]) {
  test(`v${x402Version} seller with a validation policy: V2 claims are signed, certified and recorded`, async (t) => {
    const { env, seller, url, locked } = await guaranteed(t, { x402Version, validation })
    const pay = await buyer(env)
    const answer = await pay(url, { method: 'POST', body: 'question' })
    assert.equal(await answer.text(), 'question')
    const record = pay.recordOf(answer)
    assert.equal(record.state, 'settled')
    assert.match(record.evidence.certificate, /^0x[0-9a-f]{64}$/)
    assert.equal(locked(), PRICE)
    const { claims } = decodeHeader(paymentsIn(seller.requests)[0]).payload
    assert.equal(claims.version, 'v2')
    assert.equal(claims.validator_address.toLowerCase(), validation.validatorAddress.toLowerCase())
  })
}

for (const [what, code, change] of [
  [
    'names a registry that the core does not trust',
    'guarantee/validation-not-allowed',
    { validationRegistryAddress: accounts[6].address },
  ],
  ['leaves out the validator', 'guarantee/validation-incomplete', { validatorAddress: undefined }],
  ['names another chain', 'guarantee/validation-not-allowed', { validationChainId: 1 }],
]) {
  test(`a validation policy that ${what} is refused before the signature`, async (t) => {
    const { env, seller, url } = await guaranteed(t, { validation: { ...validation, ...change } })
    const pay = await buyer(env)
    const error = await failure(pay(url), code)
    assert.equal(error.money, 'untouched')
    assert.deepEqual(paymentsIn(seller.requests), [])
  })
}

test('insufficient collateral: the seller refuses, nothing is locked, and nothing is called proven', async (t) => {
  const { env, url, locked } = await guaranteed(t, { deposit: PRICE - 1n })
  const pay = await buyer(env, { limit: '0.01 USD' })
  const error = await failure(pay(url), 'settlement/demanded-again')
  assert.deepEqual([error.money, error.record.state], ['unknown', 'unknown'])
  assert.equal(locked(), 0n)
  // A guarantee never expires by itself: it could still be used once there is collateral.
  await failure(pay(`${url}?next`), 'budget/exceeded')
})

test('the core issues and then fails: the same guarantee is shown again, refused as a duplicate, and locked once', async (t) => {
  const { core, env, seller, url, locked } = await guaranteed(t)
  core.failNext('error-after-issue')
  const pay = await buyer(env)
  const first = await failure(pay(url), 'settlement/demanded-again')
  const again = await failure(pay(url), 'settlement/demanded-again')
  assert.equal(again.record.purchaseId, first.record.purchaseId)
  assert.equal(again.record.state, 'unknown')
  assert.equal(new Set(paymentsIn(seller.requests)).size, 1)
  assert.equal(locked(), PRICE)
})

test('the core refuses for a moment: the same guarantee, shown again, is certified', async (t) => {
  const { core, env, seller, url, locked } = await guaranteed(t)
  core.failNext('conflict')
  const pay = await buyer(env)
  const first = await failure(pay(url), 'settlement/demanded-again')
  const answer = await pay(url)
  assert.equal(pay.recordOf(answer).state, 'settled')
  assert.equal(pay.recordOf(answer).purchaseId, first.record.purchaseId)
  assert.equal(new Set(paymentsIn(seller.requests)).size, 1)
  assert.equal(locked(), PRICE)
})

const flip = (hex, at) =>
  `${hex.slice(0, at)}${((Number.parseInt(hex[at], 16) ^ 1) & 15).toString(16)}${hex.slice(at + 1)}`
const word = (number) => number.toString(16).padStart(64, '0')
const ownKey = Buffer.from(bls12_381.utils.randomPrivateKey()).toString('hex')
let earlier
/** What a man in the middle does to `{ claims, signature }`, and what must be recorded. */
const tamperings = {
  'flips a bit of the signature': [
    /^certificate\/signature-(encoding|mismatch)$/,
    (c) => ({ ...c, signature: flip(c.signature, 100) }),
  ],
  'flips the last bit of the claims': [
    /^certificate\/claims$/,
    (c) => ({ ...c, claims: flip(c.claims, c.claims.length - 1) }),
  ],
  'changes the amount in the claims': [
    /^certificate\/claims$/,
    (c) => ({ ...c, claims: c.claims.replace(word(10_000), word(10_001)) }),
  ],
  'cuts the claims short': [/^certificate\//, (c) => ({ ...c, claims: c.claims.slice(0, -2) })],
  'sends no hex': [/^certificate\/encoding$/, (c) => ({ ...c, signature: 'yes' })],
  'signs with a key of his own': [
    /^certificate\/signature-mismatch$/,
    ({ claims }) => {
      const bls = bls12_381.longSignatures
      const point = bls.hash(Buffer.from(claims.slice(2), 'hex'), 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_')
      return { claims, signature: `0x${bls.Signature.toHex(bls.sign(point, ownKey))}` }
    },
  ],
  'sends the point at infinity': [
    /^certificate\/signature-infinity$/,
    (c) => ({ ...c, signature: `0xc0${'00'.repeat(95)}` }),
  ],
  'replays the genuine certificate of an earlier purchase': [/^certificate\/claims$/, () => earlier],
  'takes the certificate away': [/^settlement\/missing$/, () => undefined],
}

for (const [what, [problem, change]] of Object.entries(tamperings)) {
  test(`a man in the middle ${what}: content delivered, record unknown, budget held`, async (t) => {
    const { env, seller } = await guaranteed(t)
    let honest = true
    const middle = await manInTheMiddle(seller.url, (settlement) => {
      if (honest) earlier = settlement.certificate
      return honest ? settlement : { ...settlement, certificate: change(settlement.certificate) }
    })
    t.after(() => middle.stop())
    const pay = await buyer({ ...env, sellers: { one: middle.url } }, { limit: '0.02 USD' })
    const untouched = await pay(`${middle.url}/paid`)
    assert.equal(pay.recordOf(untouched).state, 'settled', 'through the same proxy, untampered')

    honest = false
    const answer = await pay(`${middle.url}/paid?second`)
    assert.deepEqual(await answer.json(), { paid: true })
    const { state, evidence } = pay.recordOf(answer)
    assert.equal(state, 'unknown')
    assert.match(evidence.problem, problem)
    assert.equal(evidence.certificate, undefined)
    await failure(pay(`${middle.url}/paid?third`), 'budget/exceeded')
  })
}

test('a core with the pinned key pays; with another key it is guarantee/core-changed and nothing is signed', async (t) => {
  const { core, env, seller, url } = await guaranteed(t)
  const pinned = { ...env.cores[0], operatorKey: core.operatorPublicKey }
  const pay = await buyer({ ...env, cores: [pinned] })
  assert.equal(pay.recordOf(await pay(url)).state, 'settled')

  // The operator's server comes back with a key of its own making.
  await core.stop()
  const successor = await startCore({ port: Number(new URL(core.url).port) })
  t.after(() => successor.stop())
  assert.notEqual(successor.operatorPublicKey, core.operatorPublicKey)
  const error = await failure(pay(url), 'guarantee/core-changed')
  assert.equal(error.money, 'untouched')
  assert.equal(paymentsIn(seller.requests).length, 1)
  assert.deepEqual(
    (await pay.records()).map(({ state }) => state),
    ['settled', 'refused'],
  )
})

for (const [what, core, pin] of [
  ['signing name', { eip712Name: '4Mica' }, { name: '4mica' }],
  ['signing version', { eip712Version: '2' }, { version: '1' }],
  ['contract', {}, { contract: accounts[8].address }],
  ['chain', { chainId: 8453 }, {}],
]) {
  test(`a core whose ${what} is not the pinned one: guarantee/core-changed, and nothing is signed`, async (t) => {
    const { env, seller, url } = await guaranteed(t, { core })
    const pay = await buyer({ ...env, cores: [{ ...env.cores[0], ...pin }] })
    await failure(pay(url), 'guarantee/core-changed')
    assert.deepEqual(paymentsIn(seller.requests), [])
  })
}

test('a core that is gone, or that nobody named: nothing is signed', async (t) => {
  const { core, env, seller, url } = await guaranteed(t)
  await core.stop()
  await failure((await buyer(env))(url), 'guarantee/core-unreachable')
  assert.deepEqual(paymentsIn(seller.requests), [])
})

test('a core of generation 4 wants a login, so nothing is signed', async (t) => {
  const { env, seller, url } = await guaranteed(t, { core: { generation: 'clearing-house' } })
  await failure((await buyer(env))(url), 'guarantee/core-login')
  assert.deepEqual(paymentsIn(seller.requests), [])
})
