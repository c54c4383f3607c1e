// A test of agent.mjs without a network, a chain or money: node --test agent.test.mjs
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { localWallet, wrapFetch } from 'farthing'
import { openAccount } from 'farthing/4mica'
import { createSandbox } from 'farthing/sandbox'
import { collect } from './agent.mjs'

const PRICES = [10_000n, 20_000n, 30_000n, 40_000n, 50_000n]
const usdc = (units) => `${Number(units) / 1e6} USDC`

/** Five sellers, and a payer with a dollar of collateral. */
async function open(t) {
  const sandbox = await createSandbox({ generation: 'clearing-house', sellers: PRICES.map((price) => ({ price })) })
  t.after(() => sandbox.stop())
  const wallet = localWallet(crypto.getRandomValues(new Uint8Array(32)))
  const { cores, assets, fetch } = sandbox
  const account = await openAccount({ wallet, network: cores[0].network, cores, assets, fetch })
  sandbox.deposit(account.address, 1_000_000n)
  // No list of sellers: the agent has met none of them, and the policy bounds what each can get.
  const policy = { perRequest: '0.05 USD', budgets: [{ limit: '0.15 USD', every: 'day' }] }
  const pay = await wrapFetch(fetch, { wallet, policy, cores, assets, account })
  return { sandbox, account, pay, urls: sandbox.sellers.map(({ url }) => `${url}/report`) }
}

test('the agent buys from five sellers out of one collateral, and owes one sum', async (t) => {
  const { sandbox, account, pay, urls } = await open(t)
  assert.equal((await collect(pay, urls)).length, 5)

  for (const { cycle, positions } of sandbox.closeCycle()) {
    console.log(cycle)
    for (const { participant, netDebit, netCredit } of positions) {
      const owes = netDebit !== '0'
      console.log(`${participant} ${owes ? 'owes' : 'is owed'} ${usdc(owes ? netDebit : netCredit)}`)
      if (owes) assert.deepEqual([participant, netDebit], [account.address, '150000'])
    }
  }
})

test('an answer that is lost after paying is not paid for twice', async (t) => {
  const { sandbox, account, pay, urls } = await open(t)
  sandbox.inject('settle-then-timeout')
  assert.equal((await collect(pay, urls)).length, 5)
  const payer = sandbox.balances().accounts.find((row) => row.account === account.address)
  assert.equal(payer.locked, '150000')
})
