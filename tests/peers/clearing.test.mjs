// A whole clearing on a real chain, with viem and noble as the only client: deposit, a hundred payments to five sellers,
// the cycle netted and committed, proofs that the contract accepts, debit paid, credits claimed, collateral taken home;
// every balance to the last unit. And what happens when nobody pays. Needs only this folder's npm ci.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { privateKeyToAccount } from 'viem/accounts'
import { accounts, startChain } from './chain.mjs'
import { deployContracts, read, send, skipTime } from './contracts/deploy.mjs'
import { startCore } from './fourmica/core.mjs'
import { publicParams, signAuthorization, signClaims } from './payer.mjs'

const ETH = `0x${'00'.repeat(20)}`
const GRACE = 60
const DEPOSIT = 5_000_000n
/** Payer 1 buys from all five; seller 5 also buys from 6, and 6 and 7 are even between themselves. */
const sellers = [2, 4, 5, 6, 7]
const signer = index => privateKeyToAccount(accounts[index].privateKey)
const clock = () => Math.floor(Date.now() / 1000)
let chain, contracts, usdc

before(async () => {
  chain = await startChain()
  usdc = { address: chain.token.address, abi: chain.token.abi }
})
after(() => chain?.stop())

async function onChain(t, options = {}) {
  contracts = await deployContracts(chain, { gracePeriod: GRACE })
  // What the debtor pays its debit from.
  await chain.mint(accounts[1].address, DEPOSIT)
  const core = await startCore({ chain, contracts, ...options })
  t.after(core.stop)
  return core
}

async function deposit(index, amount) {
  await chain.mint(accounts[index].address, amount)
  await send(chain, index, usdc, 'approve', [contracts.core4mica.address, amount])
  await send(chain, index, contracts.core4mica, 'depositStablecoin', [usdc.address, amount])
}

async function withdraw(index, amount) {
  await send(chain, index, contracts.core4mica, 'requestWithdrawal', [usdc.address, amount])
  await skipTime(chain, GRACE)
  await send(chain, index, contracts.core4mica, 'finalizeWithdrawal', [usdc.address])
}

async function ask(core, path, index, body) {
  const headers = { authorization: `Bearer ${core.issueToken(accounts[index].address)}`, ...(body && { 'content-type': 'application/json' }) }
  const response = await fetch(core.url + path, { method: body ? 'POST' : 'GET', headers, body: body && JSON.stringify(body) })
  const text = await response.text()
  return { status: response.status, body: response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text }
}

/** One guarantee from account `from` to account `to`, issued by the facilitator. */
async function guarantee(core, from, to, amount, asset = usdc.address) {
  const params = await publicParams(core.url)
  const claims = { recipient: accounts[to].address, asset, amount, timestamp: clock() - 1 }
  if (core.generation !== 'clearing-house') {
    const domain = { name: params.eip712_name, version: params.eip712_version, chainId: params.chain_id, ...(core.generation === 'sdk2' && { verifyingContract: params.contract_address }) }
    return ask(core, '/core/guarantees', 3, await signClaims(signer(from), claims, domain))
  }
  const cycle = (await ask(core, `/core/cycles/active?asset=${asset}`, from)).body
  return ask(core, '/core/guarantees', 3, await signAuthorization(signer(from), params, cycle, claims))
}

const path = (cycle, index, rest) => `/core/cycles/${cycle}/participants/${accounts[index].address}/${rest}`
const locked = (core, index) => BigInt(core.balanceOf(accounts[index].address, usdc.address)?.locked ?? 0)

/** Does what core says: the debtor pays, or the creditor claims, with the arguments of the action. */
async function act(core, cycle, index, action) {
  const { status, body } = await ask(core, path(cycle, index, `clearing-action?action=${action}`), index)
  assert.equal(status, 200, JSON.stringify(body))
  assert.equal(body.contract_address, (await publicParams(core.url)).clearing_house_address ?? contracts.clearingHouse.address)
  const { function_name, cycle_id, amount, proof, payable_value, asset_address } = body
  if (action === 'pay_net_debit' && asset_address !== ETH) await send(chain, index, usdc, 'approve', [contracts.clearingHouse.address, BigInt(amount)])
  await send(chain, index, contracts.clearingHouse, function_name, [cycle_id, BigInt(amount), proof], BigInt(payable_value))
  return BigInt(amount)
}

for (const generation of /** @type {const} */ (['cycle', 'sdk2', 'clearing-house'])) {
  test(`${generation}: a hundred payments across five sellers, netted, paid, claimed, withdrawn to the last unit`, async t => {
    const core = await onChain(t, { generation })
    const everybody = [1, ...sellers]
    const before = await Promise.all(everybody.map(i => chain.balanceOf(accounts[i].address)))
    for (const index of [1, 5, 6, 7]) await deposit(index, DEPOSIT)
    const owed = new Map(everybody.map(index => [index, 0n]))
    const pay = async (from, to, amount) => {
      const { status, body } = await guarantee(core, from, to, amount)
      assert.equal(status, 200, JSON.stringify(body))
      owed.set(from, owed.get(from) - amount)
      owed.set(to, owed.get(to) + amount)
    }
    let spent = 0n
    for (let i = 0; i < 100; i++) {
      const amount = BigInt(1_000 + i)
      await pay(1, sellers[i % 5], amount)
      spent += amount
    }
    assert.equal(locked(core, 1), spent)
    await pay(5, 6, 777n)
    await pay(6, 7, 100n)
    await pay(7, 6, 100n)

    const closed = await core.closeCycle(usdc.address)
    assert.equal(closed.totalNetDebit, spent)
    assert.equal(closed.totalNetCredit, spent)
    const onchain = await read(chain, contracts.clearingHouse, 'getCycle', [closed.cycleId])
    assert.deepEqual([onchain.merkleRoot, onchain.totalNetDebit, onchain.paymentSubmissionDeadline], [closed.merkleRoot, spent, BigInt(closed.paymentSubmissionDeadline)])

    for (const index of everybody) {
      const { body } = await ask(core, path(closed.cycleText, index, 'clearing-proof'), index)
      const due = owed.get(index)
      assert.deepEqual([body.role, body.amount], due < 0n ? ['NET_DEBTOR', String(-due)] : ['NET_CREDITOR', String(due)])
      const leaf = [closed.cycleId, usdc.address, accounts[index].address, BigInt(body.amount), due < 0n ? 0n : 1n]
      assert.equal(await read(chain, contracts.clearingHouse, 'participantLeaf', leaf), body.leaf)
    }

    assert.equal(locked(core, 1), spent, 'nothing is released before it is paid')
    await act(core, closed.cycleText, 1, 'pay_net_debit')
    for (const index of sellers) await act(core, closed.cycleText, index, 'claim_net_credit')
    await send(chain, 9, contracts.clearingHouse, 'finalizeCycle', [closed.cycleId])
    await core.sync()
    for (const index of everybody) assert.equal(locked(core, index), 0n)

    await Promise.all([1, 5, 6, 7].map(index => withdraw(index, DEPOSIT)))
    await core.sync()
    for (const index of [1, 5, 6, 7]) assert.equal(BigInt(core.balanceOf(accounts[index].address, usdc.address).total), 0n)
    const after = await Promise.all(everybody.map(i => chain.balanceOf(accounts[i].address)))
    // Deposits were minted on top, so each ends with what it had, its deposit, and its net.
    const expected = everybody.map((index, i) => before[i] + ([1, 5, 6, 7].includes(index) ? DEPOSIT : 0n) + owed.get(index))
    assert.deepEqual(after, expected)
    for (const { address } of Object.values(contracts)) assert.equal(await chain.balanceOf(address), 0n)
  })
}

describe('rules of a cycle', () => {
  test('a guarantee after closing belongs to the next cycle, which has another id', async t => {
    const core = await onChain(t)
    await deposit(1, DEPOSIT)
    await guarantee(core, 1, 2, 10n)
    const first = await core.closeCycle(usdc.address)
    await guarantee(core, 1, 2, 20n)
    const second = await core.closeCycle(usdc.address)
    assert.notEqual(first.cycleText, second.cycleText)
    assert.deepEqual([first.totalNetDebit, second.totalNetDebit], [10n, 20n])
    assert.equal(await core.closeCycle(usdc.address), undefined)
  })

  test('ETH: the debit is the value of the call', async t => {
    const core = await onChain(t)
    await send(chain, 1, contracts.core4mica, 'deposit', [], 1_000n)
    await guarantee(core, 1, 2, 100n, ETH)
    const { cycleText } = await core.closeCycle(ETH)
    await act(core, cycleText, 1, 'pay_net_debit')
    assert.equal(await chain.publicClient.getBalance({ address: contracts.clearingHouse.address }), 100n)
    await act(core, cycleText, 2, 'claim_net_credit')
    assert.equal(await chain.publicClient.getBalance({ address: contracts.clearingHouse.address }), 0n)
  })

  test('everybody even: nothing is committed, and the collateral is free again', async t => {
    const core = await onChain(t)
    for (const index of [6, 7]) await deposit(index, 100n)
    await guarantee(core, 6, 7, 40n)
    await guarantee(core, 7, 6, 40n)
    const closed = await core.closeCycle(usdc.address)
    assert.equal(closed.merkleRoot, undefined)
    assert.deepEqual([locked(core, 6), locked(core, 7)], [0n, 0n])
    const { status, body } = await ask(core, path(closed.cycleText, 6, 'clearing-proof'), 6)
    assert.deepEqual([status, body.error], [400, `settlement cycle ${closed.cycleText} has no clearing batch`])
  })

  test('releases: false keeps the collateral locked after everybody paid, as recorded (C4)', async t => {
    const core = await onChain(t, { releases: false })
    await deposit(1, DEPOSIT)
    await guarantee(core, 1, 2, 10n)
    const { cycleText } = await core.closeCycle(usdc.address)
    await act(core, cycleText, 1, 'pay_net_debit')
    await act(core, cycleText, 2, 'claim_net_credit')
    await core.sync()
    assert.equal(locked(core, 1), 10n)
  })

  test('a debtor that does not pay is marked by anybody, stays locked, and the creditor gets the cover', async t => {
    const core = await onChain(t, { submissionSeconds: 30, finalitySeconds: 10 })
    await deposit(1, DEPOSIT)
    await guarantee(core, 1, 2, 10n)
    const { cycleText, cycleId } = await core.closeCycle(usdc.address)
    const { body } = await ask(core, path(cycleText, 1, 'clearing-action?action=mark_defaulted'), 8)
    const mark = () => send(chain, 8, contracts.clearingHouse, body.function_name, [body.cycle_id, body.debtor, BigInt(body.amount), body.proof])
    await assert.rejects(mark(), /PaymentFinalityPending/)
    await skipTime(chain, 45)
    await mark()
    await chain.mint(accounts[0].address, 10n)
    await send(chain, 0, usdc, 'approve', [contracts.clearingHouse.address, 10n])
    await send(chain, 0, contracts.clearingHouse, 'settleDefaultFromCollateral', [cycleId, accounts[1].address, 10n, '0x'])
    await act(core, cycleText, 2, 'claim_net_credit')
    await core.sync()
    assert.equal(locked(core, 1), 10n)
  })

  test('what is asked to leave guarantees nothing new; taken back, it does again', async t => {
    const core = await onChain(t)
    await deposit(1, 100n)
    await send(chain, 1, contracts.core4mica, 'requestWithdrawal', [usdc.address, 95n])
    assert.equal((await guarantee(core, 1, 2, 10n)).body.error, 'Not enough free collateral')
    await send(chain, 1, contracts.core4mica, 'cancelWithdrawal', [usdc.address])
    assert.equal((await guarantee(core, 1, 2, 10n)).status, 200)
  })

  test('a core on a chain takes no deposits in memory, and a facilitator may ask for the proof of a participant', async t => {
    const core = await onChain(t)
    assert.throws(() => core.deposit(accounts[1].address, usdc.address, 1n), /cannot deposit in memory/)
    await deposit(1, 100n)
    await guarantee(core, 1, 2, 10n)
    const { cycleText } = await core.closeCycle(usdc.address)
    assert.equal((await ask(core, path(cycleText, 1, 'clearing-proof'), 3)).status, 200)
    assert.deepEqual(await ask(core, path(cycleText, 1, 'clearing-proof'), 2), { status: 401, body: { error: 'participant clearing proof access denied' } })
  })
})
