import { localWallet, wrapFetch } from 'farthing'

export default {
  async fetch(request, env) {
    const pay = await wrapFetch(fetch, {
      wallet: localWallet(env.PAYER_KEY),
      policy: { perRequest: '0.05 USD', sellers: [new URL(env.SELLER).origin] },
    })
    const answer = await pay(env.SELLER)
    return new Response(answer.body, { headers: { 'payment-record': pay.recordOf(answer)?.purchaseId ?? 'free' } })
  },
}
