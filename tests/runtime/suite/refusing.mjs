// What the policy does not allow is not signed. Every price here is a real seller's.
import { balanceOf, buyer, chainWallet, equal, failure, policyFor, same, SHOP, shop } from './tools.mjs'

export const refusing = (farthing, env) => {
  const url = `${env.sellers.v2}/paid`

  /** A wallet that counts how often it is asked to sign. */
  const watched = () => {
    const provider = chainWallet(env)
    return { prompts: provider.prompts, wallet: farthing.injectedWallet(provider) }
  }

  return {
    async 'the safe default policy refuses a loopback seller, and nothing is signed'() {
      for (const seller of Object.values(env.sellers)) {
        const { wallet, prompts } = watched()
        const { pay, wire } = await buyer(farthing, env, { wallet, policy: undefined })
        const before = await balanceOf(env, env.payer.address)
        const error = await failure(farthing, pay(`${seller}/paid`), 'policy/seller-not-allowed')
        equal(error.money, 'untouched', 'money')
        equal(prompts(), 0, 'times the wallet was asked to sign')
        equal(wire.payments().length, 0, 'payments sent')
        equal(await balanceOf(env, env.payer.address), before, 'balance')
        same(
          (await pay.records()).map(({ state }) => state),
          ['refused'],
          'records',
        )
      }
    },

    async 'wrapFetchWithPayment refuses a loopback seller too'() {
      const wire = []
      const recording = async (input, init) => (wire.push(new Headers(init.headers)), fetch(input, init))
      const pay = farthing.wrapFetchWithPayment(recording, farthing.localWallet(env.payer.privateKey))
      await failure(farthing, pay(url), 'policy/seller-not-allowed')
      equal(wire.length, 1, 'requests')
    },

    async 'wrapFetchWithPayment refuses a price above its maxValue'() {
      const pay = farthing.wrapFetchWithPayment(shop(env), farthing.localWallet(env.payer.privateKey), 9_999n)
      await failure(farthing, pay(`${SHOP}/paid`), 'policy/over-cap')
      const enough = farthing.wrapFetchWithPayment(shop(env), farthing.localWallet(env.payer.privateKey), 10_000n)
      equal((await enough(`${SHOP}/paid`)).status, 200, 'status at exactly the limit')
    },

    async 'a price above the cap is refused with both numbers, at the cap it is paid'() {
      const { wallet, prompts } = watched()
      const below = await buyer(farthing, env, { wallet, policy: policyFor(env, { perRequest: '0.009999 USD' }) })
      const error = await failure(farthing, below.pay(url), 'policy/over-cap')
      equal(/0\.01 USD/.test(error.facts) && /0\.009999 USD/.test(error.facts), true, `facts: ${error.facts}`)
      equal(prompts(), 0, 'times the wallet was asked to sign')
      const at = await buyer(farthing, env, { policy: policyFor(env, { perRequest: '0.01 USD' }) })
      equal((await at.pay(url)).status, 200, 'status at exactly the cap')
    },

    async 'the payment that would exceed the budget is refused, the ones before are paid'() {
      const policy = policyFor(env, { budgets: [{ limit: '0.02 USD', every: 'day' }] })
      const { pay, wire } = await buyer(farthing, env, { policy })
      for (const seller of ['v2', 'credit']) equal((await pay(`${env.sellers[seller]}/paid`)).status, 200, 'status')
      const error = await failure(farthing, pay(`${env.sellers.v1}/paid`), 'budget/exceeded')
      equal(error.money, 'untouched', 'money')
      equal(wire.payments().length, 2, 'payments sent')
      same((await pay.records()).map(({ state }) => state).filter((state) => state === 'settled').length, 2, 'settled')
    },

    async 'ten payments at once never exceed a budget for three'() {
      const policy = policyFor(env, { budgets: [{ limit: '0.03 USD', every: 'hour' }] })
      const { pay, wire } = await buyer(farthing, env, { policy })
      const before = await balanceOf(env, env.payTo)
      const ended = await Promise.allSettled(Array.from({ length: 10 }, () => pay(url)))
      const codes = ended.flatMap(({ reason }) => (reason ? [reason.code] : []))
      same(codes, Array(7).fill('budget/exceeded'), 'codes of those refused')
      equal(wire.payments().length, 3, 'payments sent')
      equal((await balanceOf(env, env.payTo)) - before, 30_000n, 'amount moved')
    },

    async 'rules on scheme, network, asset and recipient are each enforced'() {
      const usdc = 'eip155:8453/erc20:0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913'
      const someone = '0x90F79bf6EB2c4f870365E785982E1f101E93b906'
      for (const [code, changes] of [
        ['policy/scheme-not-allowed', { schemes: ['4mica-credit'] }],
        ['policy/network-not-allowed', { networks: ['eip155:8453'] }],
        ['policy/asset-not-allowed', { assets: [usdc] }],
        ['policy/payto-not-pinned', { payTo: { [env.sellers.v2]: [someone] } }],
        ['policy/seller-not-allowed', { sellers: [env.sellers.v1] }],
        ['policy/seller-not-allowed', { sellers: [] }],
      ]) {
        const { wallet, prompts } = watched()
        const { pay, wire } = await buyer(farthing, env, { wallet, policy: policyFor(env, changes) })
        const error = await failure(farthing, pay(url), code)
        equal(error.money, 'untouched', 'money')
        equal(prompts() + wire.payments().length, 0, 'signatures and payments')
      }
    },

    async 'the same rules, met, let the payment through'() {
      const asset = `${env.network}/erc20:${env.asset}`
      const policy = policyFor(env, {
        schemes: ['exact'],
        networks: [env.network],
        assets: [asset],
        perAsset: { [asset]: '10000' },
        payTo: { [env.sellers.v2]: [env.payTo] },
      })
      const { pay } = await buyer(farthing, env, { policy })
      equal(pay.recordOf(await pay(url)).state, 'settled', 'state')
    },

    async 'one purchase id is one purchase: paid once, and refused for another request'() {
      const { pay, wire } = await buyer(farthing, env)
      const both = await Promise.all([1, 2].map(() => pay(url, { purchaseId: 'order:7' })))
      for (const answer of both) same(await answer.json(), { paid: true }, 'content')
      equal(wire.payments().length, 1, 'payments sent')
      same(
        both.map((answer) => pay.recordOf(answer).purchaseId),
        ['order:7', 'order:7'],
        'purchase ids',
      )
      await failure(farthing, pay(`${url}?other`, { purchaseId: 'order:7' }), 'purchase/id-conflict')
      await failure(farthing, pay(url, { purchaseId: 'order:7', method: 'POST', body: '1' }), 'purchase/id-conflict')
      equal(wire.payments().length, 1, 'payments sent in the end')
    },

    async 'two different requests at once under one purchase id: one is paid, the other refused'() {
      const { pay, wire } = await buyer(farthing, env)
      const bodies = ['first', 'second']
      const ended = await Promise.allSettled(
        bodies.map((body) => pay(url, { purchaseId: 'order:8', method: 'POST', body })),
      )
      // Browsers read bodies in another process: which one is read first is theirs to say.
      const paid = ended.findIndex(({ status }) => status === 'fulfilled')
      await failure(farthing, Promise.reject(ended[1 - paid]?.reason), 'purchase/id-conflict')
      equal(await ended[paid].value.text(), bodies[paid], 'content')
      equal(wire.payments().length, 1, 'payments sent')
    },
  }
}
