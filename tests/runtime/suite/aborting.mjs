// AbortSignal at every stage of a purchase. What was signed is never signed again.
import { balanceOf, buyer, chainWallet, equal, failure, policyFor, same } from './tools.mjs'

export const aborting = (farthing, env) => {
  const url = `${env.sellers.v2}/paid`
  const oneCent = policyFor(env, { budgets: [{ limit: '0.01 USD', every: 'day' }] })

  return {
    async 'a signal that is aborted already: nothing is sent'() {
      const { pay, wire } = await buyer(farthing, env)
      const reason = new Error('changed my mind')
      const error = await failure(farthing, pay(url, { signal: AbortSignal.abort(reason) }), 'request/aborted')
      equal(error.money, 'untouched', 'money')
      equal(error.cause, reason, 'cause')
      equal(wire.sent.length, 0, 'requests')
      equal((await pay.records()).length, 0, 'records')
    },

    async "a Request's own signal counts as well"() {
      const { pay, wire } = await buyer(farthing, env)
      const request = new Request(url, { signal: AbortSignal.abort() })
      await failure(farthing, pay(request), 'request/aborted')
      equal(wire.sent.length, 0, 'requests')
    },

    async "the caller's signal reaches the network in both requests"() {
      const { signal } = new AbortController()
      const { pay, wire } = await buyer(farthing, env)
      await pay(url, { signal })
      same(
        wire.sent.map(({ init }) => init.signal === signal),
        [true, true],
        'signals',
      )
    },

    async 'aborted during the first request: nothing is signed, and the id can be used again'() {
      const controller = new AbortController()
      const { pay, wire } = await buyer(farthing, env, {}, (input, init) => {
        const underway = fetch(input, init)
        controller.abort()
        return underway
      })
      const aborted = pay(url, { signal: controller.signal, purchaseId: 'abort:1' })
      const error = await failure(farthing, aborted, 'request/aborted')
      equal(error.money, 'untouched', 'money')
      equal(wire.payments().length, 0, 'payments sent')
      equal((await pay(url, { purchaseId: 'abort:1' })).status, 200, 'status of the second try')
    },

    async 'aborted while the wallet asks the person: it may have signed, so the budget stays held'() {
      const controller = new AbortController()
      const never = () => (controller.abort(), new Promise(() => {}))
      const wallet = farthing.injectedWallet(chainWallet(env, { eth_signTypedData_v4: never }))
      const { pay, wire } = await buyer(farthing, env, { wallet, policy: oneCent })
      const error = await failure(farthing, pay(url, { signal: controller.signal }), 'sign/wallet-failed')
      equal(error.money, 'unknown', 'money')
      equal(error.record.state, 'unknown', 'state')
      equal(wire.payments().length, 0, 'payments sent')
      await failure(farthing, pay(`${url}?next`), 'budget/exceeded')
    },

    async 'aborted before the wallet is asked to sign: nothing is signed and the budget is free'() {
      const controller = new AbortController()
      const provider = chainWallet(env, { eth_requestAccounts: (_, ask) => (controller.abort(), ask()) })
      const wallet = farthing.injectedWallet(provider)
      const { pay } = await buyer(farthing, env, { wallet, policy: oneCent })
      await failure(farthing, pay(url, { signal: controller.signal }), 'request/aborted')
      equal(provider.prompts(), 0, 'times the wallet was asked to sign')
      const again = await pay(url)
      equal(pay.recordOf(again).state, 'settled', 'state of the next purchase')
    },

    async 'aborted while the budget is reserved: the wallet is not asked and the budget is free'() {
      const store = farthing.memoryStore()
      const provider = chainWallet(env)
      for (const wallet of [farthing.injectedWallet(provider), farthing.localWallet(env.payer.privateKey)]) {
        const controller = new AbortController()
        const aborting = { ...store, reserve: (...said) => (controller.abort(), store.reserve(...said)) }
        const { pay, wire } = await buyer(farthing, env, { wallet, policy: oneCent, store: aborting })
        const error = await failure(farthing, pay(url, { signal: controller.signal }), 'request/aborted')
        same([error.money, error.record.state], ['untouched', 'refused'], 'money and state')
        equal(provider.prompts() + wire.payments().length, 0, 'prompts and payments')
      }
      const { pay } = await buyer(farthing, env, { policy: oneCent, store })
      equal(pay.recordOf(await pay(url)).state, 'settled', 'state of the next purchase')
    },

    async 'aborted after the signed request left: unknown, and the next call presents the same bytes'() {
      const controller = new AbortController()
      const cut = async (input, init) => {
        const paid = new Headers(init.headers).has('payment-signature')
        if (!paid || controller.signal.aborted) return fetch(input, init)
        controller.abort()
        throw controller.signal.reason
      }
      const { pay, wire } = await buyer(farthing, env, { policy: oneCent }, cut)
      const before = await balanceOf(env, env.payTo)
      const error = await failure(farthing, pay(url, { signal: controller.signal }), 'request/aborted-late')
      equal(error.money, 'unknown', 'money')
      equal(error.record.state, 'unknown', 'state')
      await failure(farthing, pay(`${url}?other`), 'budget/exceeded')

      const answer = await pay(url)
      equal(answer.status, 200, 'status')
      const record = pay.recordOf(answer)
      same([record.state, record.purchaseId], ['settled', error.record.purchaseId], 'the same purchase')
      const [first, second] = wire.payments()
      equal(second, first, 'the payment that is presented again')
      equal(wire.payments().length, 2, 'payments presented')
      equal((await balanceOf(env, env.payTo)) - before, 10_000n, 'amount moved')
    },

    async 'a signal that fires after the answer changes nothing'() {
      const controller = new AbortController()
      const { pay } = await buyer(farthing, env)
      const answer = await pay(url, { signal: controller.signal })
      const text = await answer.text()
      controller.abort()
      equal(text, '{"paid":true}', 'content')
      same(
        (await pay.records()).map(({ state }) => state),
        ['settled'],
        'records',
      )
    },
  }
}
