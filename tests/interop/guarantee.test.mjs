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
  // Such a seller sends no settlement: its reason stands in the body alone.
  assert.match(error.facts, /^the seller says "Settlement failed: Facilitator settle failed .*collateral/i)
  assert.equal(locked(), 0n)
  // A guarantee never expires by itself: it could still be used once there is collateral.
  await failure(pay(`${url}?next`), 'budget/exceeded')
})

for (const generation of [undefined, 'cycle']) {
  test(`a seller with a tab endpoint, generation ${generation ?? 'not pinned'}: paid once each, under numbers of our own`, async (t) => {
    const { env, seller, url } = await guaranteed(t, { tabEndpoint: true })
    const cores = [{ ...env.cores[0], ...(generation && { generation }) }]
    const pay = await buyer({ ...env, cores })
    // The seller names the same number each time, which the core would take once.
    for (const path of ['', '?again']) assert.equal(pay.recordOf(await pay(`${url}${path}`)).state, 'settled')
    const asked = seller.requests.filter(({ path }) => path === '/payment/tab')
    assert.equal(asked.length, generation ? 0 : 2)
    for (const { headers } of asked) assert.deepEqual([headers.cookie, headers.authorization], [undefined, undefined])
    assert.equal(new Set(paymentsIn(seller.requests)).size, 2)
  })
}

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

test('the core refuses for a moment: the same guarantee is shown again at once, and certified', async (t) => {
  const { core, env, seller, url, locked } = await guaranteed(t)
  core.failNext('conflict')
  const pay = await buyer(env)
  const answer = await pay(url)
  assert.equal(pay.recordOf(answer).state, 'settled')
  const payments = paymentsIn(seller.requests)
  assert.equal(payments.length, 2)
  assert.equal(new Set(payments).size, 1)
  assert.equal(locked(), PRICE)
})

test('an abort while the guarantee waits to be shown again: the record says it may be spent', async (t) => {
  const { core, env, seller, url } = await guaranteed(t)
  core.failNext('conflict')
  const abort = new AbortController()
  let paid = 0
  const fetch = async (input, init) => {
    const answer = await globalThis.fetch(input, init)
    if (init?.redirect === 'manual' && String(input) === url && ++paid === 1) setTimeout(() => abort.abort(), 20)
    return answer
  }
  const pay = await buyer(env, { fetch })
  const error = await failure(pay(url, { signal: abort.signal }), 'request/aborted-late')
  assert.equal(error.record.state, 'unknown')
  assert.equal(paymentsIn(seller.requests).length, 1)
})

test('what the core publishes is asked once for many payments, and anew after one that proved nothing', async (t) => {
  const { core, env, seller } = await guaranteed(t)
  let asked = 0
  const fetch = (input, init) => {
    if (String(input) === `${core.url}/core/public-params`) asked += 1
    return globalThis.fetch(input, init)
  }
  let honest = true
  const middle = await manInTheMiddle(seller.url, (settlement) =>
    honest ? settlement : { ...settlement, certificate: undefined },
  )
  t.after(() => middle.stop())
  const pay = await buyer({ ...env, sellers: { one: middle.url } }, { fetch })
  for (const path of ['a', 'b']) assert.equal(pay.recordOf(await pay(`${middle.url}/paid?${path}`)).state, 'settled')
  assert.equal(asked, 1)
  honest = false
  assert.equal(pay.recordOf(await pay(`${middle.url}/paid?c`)).state, 'unknown')
  honest = true
  assert.equal(pay.recordOf(await pay(`${middle.url}/paid?d`)).state, 'settled')
  assert.equal(asked, 2)
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

test('a core with the pinned key pays; with another key one payment proves nothing, and the next is not signed', async (t) => {
  const { core, env, seller, url } = await guaranteed(t)
  const pinned = { ...env.cores[0], operatorKey: core.operatorPublicKey }
  const pay = await buyer({ ...env, cores: [pinned] })
  assert.equal(pay.recordOf(await pay(url)).state, 'settled')

  // The operator's server comes back with a key of its own making.
  await core.stop()
  const successor = await startCore({ port: Number(new URL(core.url).port) })
  t.after(() => successor.stop())
  assert.notEqual(successor.operatorPublicKey, core.operatorPublicKey)
  successor.deposit(payer.address, seller.asset, 1_000_000n)
  // What the core published before is kept for an hour at most, and not beyond the first doubt.
  const { state, evidence } = pay.recordOf(await pay(`${url}?second`))
  assert.deepEqual([state, evidence.problem], ['unknown', 'certificate/signature-mismatch'])
  const error = await failure(pay(`${url}?third`), 'guarantee/core-changed')
  assert.deepEqual([error.money, error.facts], ['untouched', 'public_key'])
  assert.equal(paymentsIn(seller.requests).length, 2)
  // A process that knows nothing from before signs nothing at all.
  await failure((await buyer({ ...env, cores: [pinned] }))(url), 'guarantee/core-changed')
  assert.equal(paymentsIn(seller.requests).length, 2)
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
