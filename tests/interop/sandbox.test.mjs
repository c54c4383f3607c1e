// `farthing/sandbox` as a user installs it: a paying fetch against a core, a facilitator and sellers in one process, down
// to the last unit after clearing.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { accounts } from '../runtime/peers.mjs'
import { failure, farthing, project } from './support.mjs'

const entry = join(project, 'sandbox.mjs')
writeFileSync(entry, `export * from 'farthing/sandbox'\n`)
const { createSandbox } = await import(pathToFileURL(entry).href)

const payer = accounts[1]
const policy = { perRequest: '0.10 USD', schemes: ['4mica-credit'] }

/** A sandbox with a payer that has a dollar of collateral. */
async function open(t, options = {}) {
  const sandbox = await createSandbox(options)
  t.after(() => sandbox.stop())
  sandbox.deposit(payer.address, 1_000_000n)
  const wallet = farthing.localWallet(payer.privateKey)
  const { cores, assets } = sandbox
  const pay = await farthing.wrapFetch(sandbox.fetch, { wallet, policy, cores, assets })
  return { sandbox, pay, url: `${sandbox.sellers[0].url}/report` }
}

const ofPayer = ({ accounts }) => accounts.find(({ account }) => account === payer.address)

test('one collateral pays five sellers, and clearing moves every unit to where it belongs', async (t) => {
  const sellers = [1, 2, 3, 4, 5].map((n) => ({ price: BigInt(1000 * n), x402Version: n % 2 ? 2 : 1 }))
  const { sandbox, pay } = await open(t, { sellers })
  for (const { url } of sandbox.sellers) {
    const answer = await pay(`${url}/report`)
    assert.equal((await answer.json()).paid, true)
    const record = pay.recordOf(answer)
    assert.equal(record.state, 'settled')
    assert.match(record.evidence.certificate, /^0x[0-9a-f]{64}$/)
  }
  assert.equal(ofPayer(sandbox.balances()).locked, '15000')
  const [cycle] = sandbox.closeCycle()
  sandbox.mint(payer.address, 20_000n)
  sandbox.payNetDebit(cycle.cycle, payer.address)
  for (const { payTo } of sandbox.sellers) sandbox.claimNetCredit(cycle.cycle, payTo)
  const { accounts: after, clearingHouse } = sandbox.balances()
  assert.deepEqual(clearingHouse.map(({ amount }) => amount), ['0'])
  const { asset } = sandbox.sellers[0]
  const row = (account, wallet, collateral) => ({ account, asset, wallet, collateral, locked: '0' })
  const byAccount = (one, other) => (one.account < other.account ? -1 : 1)
  const expected = [
    row(payer.address, '5000', '1000000'),
    ...sandbox.sellers.map(({ payTo, price }) => row(payTo, price, '0')),
  ]
  assert.deepEqual(after.toSorted(byAccount), expected.toSorted(byAccount))
})

for (const [fault, code] of [
  ['settle-then-timeout', 'settlement/lost'],
  ['demand-again', 'settlement/demanded-again'],
  ['redirect', 'settlement/redirected'],
]) {
  test(`${fault} is ${code}, once`, async (t) => {
    const { sandbox, pay, url } = await open(t)
    sandbox.inject(fault)
    await failure(pay(url), code)
    assert.equal(ofPayer(sandbox.balances()).locked, fault === 'redirect' ? '0' : '10000')
    assert.equal((await pay(`${url}/again`)).status, 200)
  })
}

for (const fault of ['lying-receipt-amount', 'lying-receipt-signature']) {
  test(`${fault} leaves the purchase unproven`, async (t) => {
    const { sandbox, pay, url } = await open(t)
    sandbox.inject(fault)
    assert.equal(pay.recordOf(await pay(url)).state, 'unknown')
    assert.equal(pay.recordOf(await pay(`${url}/again`)).state, 'settled')
  })
}

test('a slow answer is waited for, or given up', async (t) => {
  const { sandbox, pay, url } = await open(t)
  sandbox.inject('slow')
  const started = Date.now()
  assert.equal((await pay(url)).status, 200)
  assert.ok(Date.now() - started >= 2900)
  sandbox.inject('slow')
  await failure(pay(`${url}/other`, { signal: AbortSignal.timeout(500) }), 'request/aborted-late')
})

test('a production network, and what makes no sense, is refused in words', async (t) => {
  const production = await failure(createSandbox({ network: 'eip155:8453' }), 'misuse/options')
  assert.match(production.facts, /eip155:8453: .* `network` must be a test network: eip155:84532, /)
  const tab = await failure(createSandbox({ generation: 'tab' }), 'misuse/options')
  assert.match(tab.facts, /`generation` must be `cycle` or `clearing-house`/)
  const { sandbox } = await open(t)
  assert.throws(() => sandbox.mint('nobody', 1n), { code: 'misuse/options', facts: /`account`/ })
  assert.throws(() => sandbox.closeCycle(), { code: 'misuse/options', facts: /AmountZero/ })
  sandbox.stop()
  assert.throws(() => sandbox.balances(), { code: 'misuse/options', facts: 'the sandbox is stopped' })
  await assert.rejects(sandbox.fetch('https://core.sandbox.test/core/health'), { code: 'misuse/options' })
})
