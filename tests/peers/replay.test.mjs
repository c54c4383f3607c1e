// The 4Mica stand-in is asked what the real core and facilitator were asked; status, content type and body must
// equal the recording, certificate bytes and BLS signatures included. Clock, deposits and operator key are set to
// the recording's. The recordings are read from ../shared beside the project; without them this is skipped, visibly.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { startCore } from './fourmica/core.mjs'
import { startFacilitator4mica } from './fourmica/facilitator.mjs'
import { startSeller4mica } from './fourmica/seller.mjs'
import { decodeHeader } from './http.mjs'

const folder = new URL('../../../shared/vectors/4mica/', import.meta.url)
const skip = existsSync(folder) ? false : `no recordings at ${folder.pathname}`
const recording = name => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))

const PAYER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const PAYER_2 = '0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65'
const RECIPIENT = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'
const FACILITATOR = '0x90F79bf6EB2c4f870365E785982E1f101E93b906'
const USDC = '0x5FbDB2315678afecb367f032d93F642f64180aa3'
const ETH = '0x0000000000000000000000000000000000000000'
const DEPOSITED_AT = { [PAYER]: 1795227044, [PAYER_2]: 1795227050 }

/** Recorded, but not asked here, with the reason. Nothing in core-guarantees-*.json or facilitator.json is skipped. */
const skipped = {
  'auth.json: login_*, refresh*, logout, verify_nonce_reused, verify_wrong_signer, verify_lowercase_*': 'answers depend on random nonces and tokens',
  'cycle.json: sdk, balances, tables; default-flow.json: transactions': 'chain and database, not HTTP; contracts.test.mjs and clearing.test.mjs do the same on a chain',
  'server-packages.json: mono_paywall_*, express_402_html, express_402_price_string, express_paid_sdk_*, express_tab_*': 'another server dialect, or a defect of those packages',
}
const counts = {}

async function recordedCore(options = {}) {
  const { operator_bls_secret_key_test_only } = recording('certificates.json')
  const core = await startCore({
    operatorBlsSecret: operator_bls_secret_key_test_only,
    tokens: recording('core-public.json').tokens.response.body.tokens,
    rpcUrl: 'http://127.0.0.1:18545',
    publicUrl: 'http://127.0.0.1:13000',
    issuers: [RECIPIENT],
    ...options,
  })
  for (const user of [PAYER, PAYER_2]) {
    core.setNow(DEPOSITED_AT[user])
    core.deposit(user, USDC, 5_000_000_000n)
  }
  core.deposit(PAYER, ETH, 10n ** 18n)
  return core
}

/** Sends what was recorded and compares what comes back. `source` is the recording's file, for the count. */
async function replay(source, exchange, base, headers = {}) {
  const { method, path, headers: sent, body } = exchange.request
  const url = path.replace(/\{\w+\}/, base)
  const init = { method, headers: { ...sent, ...headers }, body: typeof body === 'string' ? body : body && JSON.stringify(body) }
  if (source === 'auth.json' && !('content-type' in sent) && body) init.body = new TextEncoder().encode(init.body)
  const response = await fetch(url, init)
  const text = await response.text()
  const expected = exchange.response
  assert.equal(text, typeof expected.body === 'string' ? expected.body : JSON.stringify(expected.body))
  assert.equal(response.status, expected.status)
  for (const [name, value] of Object.entries(expected.headers)) assert.equal(response.headers.get(name), value, name)
  counts[source] = (counts[source] ?? 0) + 1
}

const bearer = token => ({ authorization: `Bearer ${token}` })

describe('recordings of the real gen-2 core and facilitator', { skip }, () => {
  after(() => {
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
    console.log(`replayed ${total} recorded exchanges: ${Object.entries(counts).map(([file, n]) => `${file} ${n}`).join(', ')}`)
    for (const [name, reason] of Object.entries(skipped)) console.log(`skipped  ${name}: ${reason}`)
  })

  test('core: guarantees V1 and V2', async t => {
    const core = await recordedCore()
    t.after(core.stop)
    const tokens = { issuer: core.issueToken(RECIPIENT), facilitator: core.issueToken(FACILITATOR), payer: core.issueToken(PAYER) }
    const callers = { self_payment: 'facilitator', issued_by_payer_default_role: 'payer' }
    for (const file of ['core-guarantees-v1.json', 'core-guarantees-v2.json']) {
      const entries = Object.entries(recording(file))
      for (const [name, { exchange }] of entries) {
        const timestamp = Number(exchange.request.body.claims?.timestamp) || 0
        const future = exchange.response.body?.error === 'timestamp is in the future'
        core.setNow(future ? 1795227057 : Math.max(timestamp, 1795227057))
        await t.test(name, () => replay(file, exchange, core.url, bearer(tokens[callers[name] ?? 'issuer'])))
      }
      assert.equal(counts[file], entries.length, `every entry of ${file} is replayed`)
    }
  })

  test('facilitator: every exchange', async t => {
    const core = await recordedCore({ cycleSeconds: 3600 })
    t.after(core.stop)
    core.setNow(1795227811)
    const facilitator = await startFacilitator4mica({ coreUrl: core.url })
    t.after(facilitator.stop)
    for (const [name, entry] of Object.entries(recording('facilitator.json'))) {
      const exchanges = entry.request ? [entry] : [entry.verify, entry.settle].filter(Boolean)
      await t.test(name, async () => {
        for (const exchange of exchanges) await replay('facilitator.json', exchange, facilitator.url)
      })
    }
  })

  test('core: parameters, refusals, balances, login refusals', async t => {
    const core = await recordedCore()
    t.after(core.stop)
    for (const [name, exchange] of Object.entries(recording('core-public.json'))) {
      if (exchange.request) await t.test(name, () => replay('core-public.json', exchange, core.url))
    }
    const reader = bearer(core.issueToken(PAYER))
    for (const [name, exchange] of Object.entries(recording('deposit.json').deposit)) {
      if (exchange?.request) await t.test(name, () => replay('deposit.json', exchange, core.url, reader))
    }
    // Minutes after the login templates of the recording were made.
    core.setNow(1795226910)
    const random = /^(login|refresh|logout|jwt)|nonce_reused|wrong_signer|lowercase/
    for (const [name, exchange] of Object.entries(recording('auth.json'))) {
      if (exchange.request && !random.test(name)) await t.test(name, () => replay('auth.json', exchange, core.url))
    }
  })

  test('core: 60 s cycles, conflicts on request, replay in a later cycle', async t => {
    const core = await recordedCore({ cycleSeconds: 60 })
    t.after(core.stop)
    const cycle = recording('cycle.json')
    const issue = async (source, exchange, now = exchange.request.body.claims.timestamp) => {
      core.setNow(now)
      await replay(source, exchange, core.url, bearer(core.issueToken(FACILITATOR)))
    }
    for (const { exchange } of [...cycle.guarantees, cycle.pending_validation_v2]) await issue('cycle.json', exchange)
    await issue('cycle.json', cycle.replay_same_signed_request_in_a_later_cycle, 1795227720)
    await issue('default-flow.json', recording('default-flow.json').issue_eth)

    const daily = await recordedCore()
    t.after(daily.stop)
    daily.setNow(1795228616)
    const { conflict_example, retry_of_conflicted_request } = recording('cors-and-concurrency.json')
    const token = bearer(daily.issueToken(RECIPIENT))
    daily.failNext('conflict')
    await replay('cors-and-concurrency.json', conflict_example, daily.url, token)
    await replay('cors-and-concurrency.json', retry_of_conflicted_request, daily.url, token)
  })

  test('core: clearing proofs, actions and their refusals, after netting the recorded guarantees', async t => {
    const core = await recordedCore({ cycleSeconds: 60 })
    t.after(core.stop)
    const cycle = recording('cycle.json')
    const as = address => bearer(core.issueToken(address))
    const issue = async exchange => {
      core.setNow(exchange.request.body.claims.timestamp)
      const headers = { ...exchange.request.headers, ...as(FACILITATOR) }
      const response = await fetch(`${core.url}/core/guarantees`, { method: 'POST', headers, body: JSON.stringify(exchange.request.body) })
      assert.equal(response.status, 200)
    }
    for (const { exchange } of [...cycle.guarantees, cycle.pending_validation_v2]) await issue(exchange)
    await replay('cycle.json', cycle.proof_before_commit, core.url, as(PAYER))
    core.setNow(1795227727)
    const { batch, positions } = cycle
    const closed = await core.closeCycle(USDC)
    assert.deepEqual([closed.cycleText, closed.cycleId, closed.merkleRoot], [cycle.cycle_id_text, cycle.cycle_id, batch[0].merkle_root])
    assert.deepEqual([closed.totalNetDebit, closed.totalNetCredit].map(String), [batch[0].total_net_debit, batch[0].total_net_credit])
    const shown = p => [p.participant, p.grossOutgoing, p.grossIncoming, p.netDebit, p.netCredit, p.role, p.status].map(String).join()
    const told = p => [p.participant, p.gross_outgoing, p.gross_incoming, p.net_debit, p.net_credit, p.role, p.status].join()
    assert.deepEqual(closed.positions.map(shown).sort(), positions.map(told).sort())

    const { payer, recipient, payer2_lowercase } = cycle.proofs
    await replay('cycle.json', payer, core.url, as(PAYER))
    await replay('cycle.json', recipient, core.url, as(RECIPIENT))
    await replay('cycle.json', payer2_lowercase, core.url, as(PAYER_2))
    const askedBy = { claim_net_credit: RECIPIENT, err_wrong_role: RECIPIENT, err_not_participant: '0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc' }
    for (const [name, exchange] of Object.entries(cycle.actions)) {
      await t.test(name, () => replay('cycle.json', exchange, core.url, as(askedBy[name] ?? PAYER)))
    }

    const flow = recording('default-flow.json')
    await issue(flow.issue_eth)
    core.setNow(1795228266)
    await core.closeCycle(ETH)
    await replay('default-flow.json', flow.pay_net_debit_action_eth, core.url, as(PAYER))
    await replay('default-flow.json', flow.mark_defaulted_action_by_stranger, core.url, as(PAYER_2))
    assert.equal(await core.closeCycle(ETH), undefined)
  })

  test("seller: what 4Mica's express package answered", async t => {
    const core = await recordedCore({ cycleSeconds: 3600 })
    t.after(core.stop)
    core.setNow(1795227841)
    const facilitator = await startFacilitator4mica({ coreUrl: core.url })
    t.after(facilitator.stop)
    const extra = { tabEndpoint: 'http://127.0.0.1:14000/payment/tab' }
    const seller = await startSeller4mica({ facilitatorUrl: facilitator.url, payTo: RECIPIENT, asset: USDC, amount: '1000', extra })
    t.after(seller.stop)
    const packages = recording('server-packages.json')
    const names = ['express_402_json', 'express_paid_handmade_random_req_id_ok', 'express_replayed_header', 'express_x_payment_header_v2_envelope', 'express_wrong_amount', 'express_wrong_signer_verify_passes_settle_fails']
    for (const name of names) {
      const { request, response: expected } = packages[name]
      const answered = await fetch(`${seller.url}/paid`, { headers: request.headers })
      assert.equal(answered.status, expected.status, name)
      assert.equal(answered.headers.get('payment-response'), expected.headers['payment-response'] ?? null, name)
      if (expected.status === 402) assert.deepEqual(await answered.json(), expected.body, name)
      const { resource: ours, ...challenge } = decodeHeader(answered.headers.get('payment-required') ?? 'e30=')
      const { resource: theirs, ...recorded } = decodeHeader(expected.headers['payment-required'] ?? 'e30=')
      assert.deepEqual(challenge, recorded, name)
      assert.deepEqual(Object.keys(ours ?? {}), Object.keys(theirs ?? {}), name)
      counts['server-packages.json'] = (counts['server-packages.json'] ?? 0) + 1
    }
  })
})
