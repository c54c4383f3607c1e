// Each of the four generations issues through seller, facilitator and core, and what it issues verifies from core's
// public parameters alone; each refuses what is signed for another. Generation 4's checkpoints and codes besides.
// The payer is payer.mjs, which is viem and noble; digests are held against the published ones.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { privateKeyToAccount } from 'viem/accounts'
import { accounts } from './chain.mjs'
import { guaranteeDomain } from './fourmica/issue/certificate.mjs'
import { checkpointDigest } from './fourmica/issue/checkpoints.mjs'
import { digestOf } from './fourmica/issue/claims.mjs'
import { startCore } from './fourmica/core.mjs'
import { startFacilitator4mica } from './fourmica/facilitator.mjs'
import { signingExtra, startSeller4mica } from './fourmica/seller.mjs'
import { openCertificate, openReceipt, payAt, publicParams, random, settlementOf, signAuthorization, signCheckpoint, signClaims } from './payer.mjs'

const payer = privateKeyToAccount(accounts[1].privateKey)
const payTo = accounts[2].address
const USDC = '0x036CbD53842c5426634e7929541eC2318f3dCF7e'
const AMOUNT = 10_000n
const validation = { validator: 'eip155:84532:0x1111111111111111111111111111111111111111', subject: `0x${'42'.repeat(32)}`, deadline: 4_000_000_000, params: '0xdeadbeef' }

async function shop(t, { core: coreOptions, facilitator: facilitatorOptions, deposit = 1_000_000n, ...seller }) {
  const core = await startCore(coreOptions)
  t.after(core.stop)
  core.deposit(payer.address, USDC, deposit)
  const facilitator = await startFacilitator4mica({ coreUrl: core.url, ...facilitatorOptions })
  t.after(facilitator.stop)
  const extra = seller.extra?.(core) ?? {}
  const selling = await startSeller4mica({ facilitatorUrl: facilitator.url, payTo, amount: AMOUNT, ...seller, extra: await extra })
  t.after(selling.stop)
  const params = await publicParams(core.url)
  const domain = { name: params.eip712_name, version: params.eip712_version, chainId: params.chain_id }
  return { core, facilitator, params, domain, url: `${selling.url}/paid`, locked: () => BigInt(core.balanceOf(payer.address, USDC).locked) }
}

async function call(core, path, { as = payer.address, rights = undefined, body = undefined } = {}) {
  const headers = { authorization: `Bearer ${core.issueToken(as, rights)}`, ...(body && { 'content-type': 'application/json' }) }
  const response = await fetch(core.url + path, { method: body ? 'POST' : 'GET', headers, body: body && JSON.stringify(body) })
  const text = await response.text()
  return { status: response.status, body: response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text }
}

/** Protocol notes 2.6; the same claims everywhere. */
test('digests of generations 1 to 3 equal the published ones', () => {
  const claims = { version: 1, user: '0x1234567890123456789012345678901234567890', recipient: '0x00000000000000000000000000000000000000Be', asset: `0x${'00'.repeat(20)}`, reqId: 7n, amount: 1000n, timestamp: 1700000000n }
  const domain = name => ({ name, version: '1', chainId: 84532 })
  const digest = (more, name) => digestOf({ ...claims, ...more }, 'eip712', domain(name))
  assert.equal(digest({ tabId: 3n }, '4mica'), '0xc45bdb7544dc2d89c4381be70b5cadd0a6bf816a37acfc16366465600af0f500')
  assert.equal(digest({ tabId: 3n }, '4Mica'), '0x3f5674b3c16c585c1e86da58146fe167981ea70e2012288ef465e4dca3d0d6c8')
  assert.equal(digest({}, '4mica'), '0x5355ffb02162a02d58ad3b516622db2b5c3be410dcd268b7c1c98aa602b90411')
  assert.equal(digest({}, '4Mica'), '0x9f74c3f6fe662f2e86ef71d3d42a34d814330b37744d0550c577628a90d974db')
  const verifyingContract = '0x00000000000000000000000000000000c04e4a1c'
  assert.equal(digestOf(claims, 'eip712', { ...domain('4mica'), verifyingContract }), '0xc81d4594ded4c33f3447dbde5fb737296566a99a989d42ac8cbf9aaf2832007f')
  assert.equal(digestOf(claims, 'eip191', domain('4mica')), '0x0888a4e20dff8480fed2ee0153662431373df11075e85eb0aefcce5c95ae1697')
})

const vectors = new URL('../vectors/4mica/gen4-digests.json', import.meta.url)
test("a checkpoint's digest equals the published one", { skip: existsSync(vectors) ? false : 'no vectors' }, () => {
  const { domain, checkpoint } = JSON.parse(readFileSync(vectors, 'utf8')).vectors
  assert.equal(checkpointDigest(checkpoint.payload, { chainId: domain.chain_id, clearingHouse: domain.verifying_contract }), checkpoint.eip712_digest)
})

for (const x402Version of /** @type {const} */ ([1, 2])) {
  test(`generation 1, x402 v${x402Version}: the tab is named by the seller, the certificate counts it`, async t => {
    const { core, params, domain, url, locked } = await shop(t, { core: { generation: 'tab' }, facilitator: { tabs: true }, x402Version, tabEndpoint: 'tabs' })
    const totals = []
    const tabs = new Set()
    const buy = async change => {
      let signed
      const paid = await payAt(url, async requirements => {
        const asked = await fetch(requirements.extra.tabEndpoint, { method: 'POST', body: JSON.stringify({ x402Version, userAddress: payer.address, paymentRequirements: requirements }) })
        const tab = await asked.json()
        assert.deepEqual(Object.keys(tab), ['tabId', 'userAddress', 'nextReqId'])
        signed = { recipient: payTo, asset: USDC, amount: AMOUNT, tabId: tab.tabId, reqId: tab.nextReqId, ...change }
        return signClaims(payer, signed, domain)
      })
      return { paid, signed }
    }
    for (const reqId of [0n, 1n]) {
      const { paid, signed } = await buy({})
      assert.equal(paid.status, 200)
      const words = openCertificate(settlementOf(paid).certificate, params.public_key, 'tab')
      assert.equal(words.domain, guaranteeDomain(1, 84532, params.contract_address))
      assert.deepEqual([words.tabId, words.reqId, words.client, words.recipient, words.amount], [BigInt(signed.tabId), reqId, payer.address, payTo, AMOUNT])
      tabs.add(words.tabId)
      totals.push(words.totalAmount)
    }
    assert.deepEqual(totals, [AMOUNT, 2n * AMOUNT])
    assert.equal(tabs.size, 1, 'one tab for both')
    assert.equal((await buy({ tabId: '0x1' })).paid.status, 402)
    assert.equal((await buy({ reqId: '0x0' })).paid.status, 402)
    assert.equal(locked(), 2n * AMOUNT)
    const untabbed = await signClaims(payer, { recipient: payTo, asset: USDC, amount: AMOUNT }, domain)
    const { status, body } = await call(core, '/core/guarantees', { as: accounts[3].address, body: untabbed })
    assert.deepEqual([status, /missing field `tab_id`/.test(body)], [422, true])
  })
}

test('generation 1: a tab is opened by its recipient or a facilitator, and only with the right', async t => {
  const core = await startCore({ generation: 'tab' })
  t.after(core.stop)
  const body = { user_address: payer.address, recipient_address: payTo, erc20_token: USDC }
  const open = options => call(core, '/core/payment-tabs', { body, ...options })
  assert.deepEqual((await open({})).body, { error: 'missing scope' })
  assert.equal((await open({ rights: { scopes: ['tab:create'] } })).status, 401)
  const first = await open({ as: payTo, rights: { scopes: ['tab:create'] } })
  assert.deepEqual([first.status, first.body.next_req_id], [200, '0x0'])
  assert.deepEqual((await open({ as: accounts[3].address })).body, { ...first.body, next_req_id: '0x1' })
})

for (const gated of [false, true]) {
  test(`generation 3${gated ? ' with a validation' : ''}: signed from the requirement alone, certified without the validation`, async t => {
    const extra = async core => ({ ...(await signingExtra(core.url)), ...(gated && { validation }) })
    const { params, domain, url, locked } = await shop(t, { core: { generation: 'sdk2' }, extra })
    const buy = (change, signing) => payAt(url, ({ extra: { name, version, verifyingContract, validation: wanted }, payTo: recipient, asset, amount }) =>
      signClaims(payer, { recipient, asset, amount: BigInt(amount), validation: wanted, ...change }, signing ?? { name, version, chainId: 84532, verifyingContract }),
    )
    const paid = await buy({})
    assert.equal(paid.status, 200)
    const words = openCertificate(settlementOf(paid).certificate, params.public_key, 'cycle')
    const [{ version, domain_separator }] = params.guarantee_domains
    assert.deepEqual([version, words.domain], [1, domain_separator])
    assert.deepEqual([words.client, words.recipient, words.amount, words.version], [payer.address, payTo, AMOUNT, 1n])
    assert.equal(locked(), AMOUNT)
    assert.equal((await buy({}, domain)).status, 402, 'signed without the contract, as for generation 2')
    if (gated) {
      assert.equal((await buy({ validation: undefined })).status, 402, 'the validation is left out')
      assert.equal((await buy({ validation: { ...validation, deadline: 1 } })).status, 402, 'another deadline')
    }
    assert.equal(locked(), AMOUNT)
  })
}

describe('generation 4', () => {
  /** A core, and payments made straight to it. */
  async function house(t, options = {}) {
    const core = await startCore({ generation: 'clearing-house', ...options })
    t.after(core.stop)
    core.deposit(payer.address, USDC, 1_000_000n)
    const params = await publicParams(core.url)
    const active = async () => (await call(core, `/core/cycles/active?asset=${USDC}`)).body
    const issue = async (change, amount = AMOUNT, account = payer) => {
      const request = await signAuthorization(account, params, await active(), { recipient: payTo, amount, change })
      return { request, ...(await call(core, '/core/guarantees', { as: accounts[3].address, body: request })) }
    }
    const batch = options => call(core, `/core/payers/${payer.address}/checkpoint-batch?asset=${USDC}`, options)
    const checkpoint = body => call(core, '/core/checkpoints', { body })
    return { core, params, active, issue, batch, checkpoint }
  }

  test('with a validation: only its commitment is signed, and the receipt verifies', async t => {
    const { core, params, url, locked } = await shop(t, { core: { generation: 'clearing-house' }, extra: async () => ({ validation }) })
    const buy = wanted => payAt(url, async ({ extra, payTo: recipient, amount }) => {
      const cycle = (await call(core, `/core/cycles/active?asset=${USDC}`)).body
      return signAuthorization(payer, params, cycle, { recipient, amount: BigInt(amount), validation: wanted && extra.validation })
    })
    const paid = await buy(true)
    assert.equal(paid.status, 200)
    const receipt = await openReceipt(settlementOf(paid).certificate, params)
    assert.deepEqual([receipt.signer, receipt.client, receipt.recipient, receipt.amount], [params.guarantee_signer, payer.address, payTo, AMOUNT])
    assert.equal((await buy(false)).status, 402, 'the validation is left out')
    assert.equal(locked(), AMOUNT)
  })

  test('checkpoints: required after the limit, accepted for the right sum alone, then there is room again', async t => {
    const { core, params, active, issue, batch, checkpoint } = await house(t, { maxUncheckpointed: 2 })
    let time = Math.floor(Date.now() / 1000)
    core.setNow(() => time)
    const cycle = await active()
    assert.deepEqual((await batch()).body, { cycle_id: cycle.cycle_id, cycle_id_text: cycle.cycle_id_text, asset_address: USDC, payer: payer.address, authorizations: [], max_uncheckpointed: 2 })
    const first = await issue({}, 1n)
    const second = await issue({}, 2n)
    assert.deepEqual([first.status, second.status], [200, 200])
    const third = await issue({})
    assert.deepEqual([third.status, third.body.code], [400, 'CHECKPOINT_REQUIRED'])
    assert.deepEqual(third.body.details, { cycle_id: cycle.cycle_id, cycle_id_text: cycle.cycle_id_text, asset_address: USDC, payer: payer.address, uncheckpointed: 2, max_uncheckpointed: 2 })
    assert.equal((await call(core, '/core/guarantees', { as: accounts[3].address, body: first.request })).status, 200, 'a known request is answered all the same')

    assert.equal((await batch({ as: payTo })).status, 401)
    const { authorizations, previous } = (await batch()).body
    assert.deepEqual([authorizations, previous], [[first.request, second.request], undefined])
    const sums = { cycle_id: cycle.cycle_id, asset_address: USDC.toLowerCase(), cumulative_gross: '0x3', timestamp_cutoff: time }
    const refusedAs = async (code, signed) => assert.equal((await checkpoint(signed)).body.code, code)
    await refusedAs('CHECKPOINT_MISMATCH', await signCheckpoint(payer, params, { ...sums, cumulative_gross: '0x4' }))
    await refusedAs('CHECKPOINT_MISMATCH', await signCheckpoint(payer, params, { ...sums, timestamp_cutoff: time - 1 }))
    await refusedAs('FUTURE_TIMESTAMP', await signCheckpoint(payer, params, { ...sums, timestamp_cutoff: time + 1 }))
    const signed = await signCheckpoint(payer, params, sums)
    await refusedAs('INVALID_SIGNATURE', { ...signed, payload: { ...signed.payload, cumulative_gross: '0x4' } })
    const accepted = await checkpoint(signed)
    assert.deepEqual(accepted.body, { cycle_id: cycle.cycle_id, cycle_id_text: cycle.cycle_id_text, asset_address: USDC, payer: payer.address, cumulative_gross: '0x3', timestamp_cutoff: time, covered: 2 })
    assert.deepEqual(await checkpoint(signed), accepted, 'again, the same answer')

    const early = await issue({}, 4n)
    assert.deepEqual([early.body.code, early.body.details.timestamp_cutoff, early.body.details.cumulative_gross], ['TIMESTAMP_NOT_PAST_CUTOFF', time, '0x3'])
    time += 1
    const fourth = await issue({}, 4n)
    assert.equal(fourth.status, 200)
    const next = (await batch()).body
    assert.deepEqual([next.previous, next.authorizations], [signed, [fourth.request]])
    const cumulative = await signCheckpoint(payer, params, { ...sums, cumulative_gross: '0x7', timestamp_cutoff: time })
    assert.deepEqual([(await checkpoint(cumulative)).body.covered, BigInt((await checkpoint(cumulative)).body.cumulative_gross)], [1, 7n])
  })

  test('every refusal has its published code and details', async t => {
    const { core, active, issue } = await house(t)
    const cycle = await active()
    const refusalOf = async (change, amount, account) => (await issue(change, amount, account)).body
    const names = async (code, details, ...args) => {
      const body = await refusalOf(...args)
      assert.deepEqual([body.code, Object.keys(body.details ?? {})], [code, details], body.error)
      return body.details
    }
    const { request } = await issue({})
    assert.deepEqual(await names('DUPLICATE_GUARANTEE', ['req_id'], { req_id: request.payload.req_id }), { req_id: request.payload.req_id })
    await names('CYCLE_MISMATCH', ['signed_cycle_id', 'active_cycle_id', 'active_cycle_id_text', 'active_period_end', 'server_time'], { cycle_id: random() })
    await names('FUTURE_TIMESTAMP', ['timestamp', 'server_time'], { timestamp: cycle.server_time + 60 })
    await names('STALE_TIMESTAMP', ['timestamp', 'period_start', 'period_end', 'server_time'], { timestamp: cycle.period_start - 1 })
    await names('INSUFFICIENT_COLLATERAL', [], {}, 10_000_000n)
    const stranger = privateKeyToAccount(accounts[7].privateKey)
    assert.deepEqual(await names('USER_NOT_REGISTERED', ['user'], {}, AMOUNT, stranger), { user: stranger.address })
    core.suspend(payer.address)
    assert.deepEqual(await names('USER_SUSPENDED', ['user'], {}), { user: payer.address })
    core.suspend(payer.address, false)
    assert.equal((await issue({})).status, 200)
  })
})
