// One collateral, five sellers, a hundred payments, one net debit: farthing does everything that a payer and its sellers
// do (log in, deposit, pay, look, settle, claim, withdraw), on a real chain with contracts of ours under 4Mica's ABI and
// the stand-in of its core. Every balance to the last unit, in every generation that has cycles.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accounts, startChain } from '../peers/chain.mjs'
import { deployContracts, skipTime } from '../peers/contracts/deploy.mjs'
import { startCore } from '../peers/fourmica/core.mjs'
import { startFacilitator4mica } from '../peers/fourmica/facilitator.mjs'
import { startSeller4mica } from '../peers/fourmica/seller.mjs'
import { requireTool } from '../runtime/harness/installed.mjs'
import { buyer, failure, farthing, openAccount, paymentsIn, readiness } from './support.mjs'

const NETWORK = 'eip155:84532'
const GRACE_S = 60
const DEPOSIT = 5_000_000n
const FUNDS = 20_000_000n
const payer = accounts[1]
/** Account 3 is the facilitator. */
const sellers = [2, 4, 5, 6, 7]
let chain

before(async () => {
  chain = await startChain()
})
after(() => chain?.stop())

/** A core on the chain, its facilitator, and how anybody opens an account at it. */
async function clearing(t, { core: options = {}, facilitator: more = {} } = {}) {
  const contracts = await deployContracts(chain, { gracePeriod: GRACE_S })
  const core = await startCore({ chain, contracts, ...options })
  t.after(core.stop)
  const facilitator = await startFacilitator4mica({ coreUrl: core.url, chain, contracts, ...more })
  t.after(facilitator.stop)
  const house = contracts.clearingHouse.address
  const cores = [{ network: NETWORK, url: core.url, clearingHouse: house }]
  const open = (index, extra = {}) =>
    openAccount({ wallet: chain.walletClient(index), network: NETWORK, cores, rpc: chain.rpcUrl, ...extra })
  return { core, contracts, facilitator, cores, open }
}

async function shop(t, facilitatorUrl, index, amount) {
  const seller = await startSeller4mica({ facilitatorUrl, payTo: accounts[index].address, amount })
  t.after(seller.stop)
  return seller
}

const holdings = (index) => chain.balanceOf(accounts[index].address)

for (const generation of ['cycle', 'sdk2', 'clearing-house']) {
  test(`${generation}: deposit, a hundred payments at five sellers, net debit, credits, withdrawal`, async (t) => {
    const maxUncheckpointed = generation === 'clearing-house' ? 10 : undefined
    const { core, cores, facilitator, open } = await clearing(t, { core: { generation, maxUncheckpointed } })
    await chain.mint(payer.address, FUNDS)
    const asked = []
    const account = await open(1, { confirm: (words) => void asked.push(words) })
    const [before, sold] = [await holdings(1), await Promise.all(sellers.map(holdings))]

    const { transactions } = await account.deposit({ amount: DEPOSIT })
    assert.equal(transactions.length, 2, 'an exact allowance, then the deposit')
    assert.deepEqual(asked, transactions.map(({ words }) => words))
    const first = await account.collateral()
    assert.deepEqual([first.total, first.locked, first.contract.collateral], [String(DEPOSIT), '0', String(DEPOSIT)])

    const shops = await Promise.all(sellers.map((index, i) => shop(t, facilitator.url, index, BigInt(1_000 + i))))
    const env = { payer, cores, sellers: Object.fromEntries(shops.map(({ url }, i) => [`s${i}`, url])) }
    const login = farthing.localWallet(payer.privateKey)
    const own = await openAccount({ wallet: login, network: NETWORK, cores, rpc: chain.rpcUrl })
    const pay = await buyer(env, { account: own })
    let spent = 0n
    for (let i = 0; i < 100; i += 1) {
      const { url, amount } = shops[i % 5]
      const answer = await pay(`${url}/paid?n=${i}`)
      assert.equal(answer.status, 200)
      assert.equal(pay.recordOf(answer).state, 'settled', pay.recordOf(answer).evidence.problem)
      await answer.text()
      spent += BigInt(amount)
    }
    assert.equal((await account.collateral()).locked, String(spent))
    if (generation === 'clearing-house') {
      const checkpoints = core.requests.filter(({ method, path }) => method === 'POST' && path === '/core/checkpoints')
      assert.ok(checkpoints.length >= 10, `${checkpoints.length} checkpoints, before the core had to refuse`)
      assert.ok(checkpoints.every(({ status }) => status === 200))
    }

    const open1 = await account.exposure(await records(pay))
    assert.deepEqual(open1.alarms, [])
    assert.deepEqual(open1.cycles.map(({ state, signed }) => [state, signed]), [['open', String(spent)]])

    const closed = await core.closeCycle(chain.token.address)
    const due = await account.exposure(await records(pay))
    assert.deepEqual(due.alarms, [])
    const [cycle] = due.cycles
    assert.deepEqual([cycle.cycle, cycle.state, cycle.amount, cycle.settled], [closed.cycleText, 'owes', String(spent), false])
    assert.equal(cycle.payBefore, closed.paymentSubmissionDeadline)

    await account.settle(cycle.cycle)
    await failure(account.settle(cycle.cycle), 'account/already-settled')
    for (const index of sellers) await (await open(index)).settle(cycle.cycle)
    assert.equal((await account.exposure(await records(pay))).cycles[0].settled, true)

    await account.requestWithdrawal({ amount: DEPOSIT })
    await failure(account.finalizeWithdrawal(), 'account/would-revert')
    await skipTime(chain, GRACE_S)
    await account.finalizeWithdrawal()
    assert.equal(await holdings(1), before - spent)
    const earned = await Promise.all(sellers.map(holdings))
    assert.deepEqual(earned, sold.map((amount, i) => amount + 20n * BigInt(1_000 + i)))
    await account.logout()
  })
}

test('one signature charged twice is found, with the purchase it came from', async (t) => {
  const { core, cores, facilitator, open } = await clearing(t)
  await chain.mint(payer.address, FUNDS)
  const account = await open(1)
  await account.deposit({ amount: DEPOSIT })
  const seller = await shop(t, facilitator.url, 2, 40_000n)
  const pay = await buyer({ payer, cores, sellers: { one: seller.url } })
  await (await pay(`${seller.url}/paid`)).text()
  const kept = await records(pay)
  assert.deepEqual((await account.exposure(kept)).alarms, [])

  // The same signed request with another spelling of the payer's address (protocol notes C2).
  const [header] = paymentsIn(seller.requests)
  const { payload } = JSON.parse(Buffer.from(header, 'base64'))
  payload.claims.user_address = payer.address
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${core.issueToken(accounts[3].address)}` }
  const again = await fetch(`${core.url}/core/guarantees`, { method: 'POST', headers, body: JSON.stringify(payload) })
  assert.equal(again.status, 200, 'the recorded core issues twice')

  const [alarm] = (await account.exposure(kept)).alarms
  assert.deepEqual([alarm.kind, alarm.found, alarm.expected], ['locked-beyond-signed', '80000', '40000'])
  assert.deepEqual(alarm.signed.map(({ purchaseId }) => purchaseId), [JSON.parse(kept[0]).purchaseId])
  const { cycleText } = await core.closeCycle(chain.token.address)
  const charged = (await account.exposure(kept)).alarms.find(({ kind }) => kind === 'charged-beyond-signed')
  assert.ok(charged, `cycle ${cycleText} charges more than was signed`)
})

test('a facilitator deposits, pays and claims for accounts without gas', async (t) => {
  const { core, cores, facilitator, open } = await clearing(t, { core: { generation: 'sdk2' } })
  await chain.mint(payer.address, FUNDS)
  const account = await open(1, { facilitator: facilitator.url })
  const seller = await open(2, { facilitator: facilitator.url })
  const [before, sold, ether] = [await holdings(1), await holdings(2), await chain.publicClient.getBalance(payer)]
  const { transactions } = await account.deposit({ amount: DEPOSIT }, { via: 'facilitator' })
  assert.match(transactions[0].hash, /^0x[0-9a-f]{64}$/)
  const { url } = await shop(t, facilitator.url, 2, 10_000n)
  const pay = await buyer({ payer, cores, sellers: { one: url } })
  await (await pay(`${url}/paid`)).text()
  const { cycleText } = await core.closeCycle(chain.token.address)
  await account.settle(cycleText, { via: 'facilitator' })
  await seller.settle(cycleText, { via: 'facilitator' })
  await account.requestWithdrawal({ amount: DEPOSIT }, { via: 'facilitator' })
  await account.cancelWithdrawal({ via: 'facilitator' })
  await account.requestWithdrawal({ amount: DEPOSIT }, { via: 'facilitator' })
  await skipTime(chain, GRACE_S)
  await account.finalizeWithdrawal({ via: 'facilitator' })
  assert.deepEqual([await holdings(1), await holdings(2)], [before - 10_000n, sold + 10_000n])
  assert.equal(await chain.publicClient.getBalance(payer), ether, 'not one wei of gas')
})

test('calldata for whoever sends it, exact and in order, without a node', async (t) => {
  const { contracts, cores } = await clearing(t)
  const wallet = farthing.localWallet(payer.privateKey)
  const account = await openAccount({ wallet, network: NETWORK, cores })
  const { transactions } = await account.deposit({ amount: DEPOSIT }, { via: 'calldata' })
  assert.deepEqual(transactions.map(({ transaction }) => transaction.to), [chain.token.address, contracts.core4mica.address])
  assert.ok(transactions.every(({ hash }) => hash === undefined))
  await failure(account.deposit({ amount: DEPOSIT }), 'account/no-node')
  const withNode = await openAccount({ wallet, network: NETWORK, cores, rpc: chain.rpcUrl })
  await failure(withNode.deposit({ amount: DEPOSIT }), 'sign/cannot-send')
  await failure(withNode.deposit({ amount: 10n ** 15n }), 'account/funds')
})

test('readiness on an empty wallet says what to do, and on a full one that it is ready', async (t) => {
  const { cores, open } = await clearing(t)
  const stranger = `0x${'07'.repeat(32)}`
  const empty = await readiness({ wallet: farthing.localWallet(stranger), network: NETWORK, cores, rpc: chain.rpcUrl })
  assert.equal(empty.ready, false)
  assert.deepEqual(
    empty.checks.map(({ check, ok }) => [check, ok]),
    [['wallet', true], ['collateral', false], ['client', true], ['policy', true], ['gas', false], ['records', false]],
  )
  t.diagnostic(empty.words)
  await chain.mint(payer.address, FUNDS)
  await (await open(1)).deposit({ amount: DEPOSIT })
  const store = { ...farthing.memoryStore(), durability: 'durable' }
  const wallet = chain.walletClient(1)
  const full = await readiness({ wallet, network: NETWORK, cores, rpc: chain.rpcUrl, store })
  t.diagnostic(full.words)
  assert.equal(full.ready, true, full.words)
})

async function records(pay) {
  return (await pay.records()).map((record) => JSON.stringify(record))
}

test('an injected wallet and an ethers signer log in, sign and send as well', async (t) => {
  const { JsonRpcProvider, Wallet } = requireTool('ethers')
  const { cores, core } = await clearing(t)
  // It keeps an account's nonce for a quarter of a second, in which this chain mines.
  const provider = new JsonRpcProvider(chain.rpcUrl, undefined, { cacheTimeout: -1 })
  t.after(() => provider.destroy())
  const injected = farthing.injectedWallet({
    // The node holds the keys, as an extension would.
    request: ({ method, params }) => chain.rpc(method === 'eth_requestAccounts' ? 'eth_accounts' : method, params),
  })
  for (const [wallet, address] of [
    [injected, accounts[0].address],
    [new Wallet(accounts[8].privateKey, provider), accounts[8].address],
  ]) {
    await chain.mint(address, DEPOSIT)
    const asked = []
    const account = await openAccount({ wallet, network: NETWORK, cores, rpc: chain.rpcUrl, confirm: (words) => void asked.push(words) })
    await account.deposit({ amount: DEPOSIT })
    assert.equal((await account.collateral()).total, String(DEPOSIT))
    assert.deepEqual(asked.map((words) => words.split(' ')[0]), ['Allow', 'Deposit', 'Sign'])
  }
  const silent = await openAccount({ wallet: injected, network: NETWORK, cores, rpc: chain.rpcUrl, confirm: () => false })
  const sent = core.requests.length
  await failure(silent.deposit({ amount: DEPOSIT }), 'account/funds')
  await failure(silent.login(), 'sign/rejected')
  const verified = core.requests.slice(sent).some(({ path }) => path === '/auth/verify')
  assert.equal(verified, false, 'what the owner does not confirm is asked of no wallet')
})
