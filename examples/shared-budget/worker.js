import { localWallet, wrapFetch } from 'farthing'
import { durableObjectStore } from 'farthing/stores/durable-object'

export { FarthingStore } from 'farthing/stores/durable-object'
export default {
  async fetch(request, env) {
    const pay = await wrapFetch(fetch, {
      wallet: localWallet(env.PAYER_KEY),
      store: durableObjectStore(env.PURCHASES, 'payer'),
      policy: { perRequest: '0.05 USD', budgets: [{ limit: '0.05 USD', every: 'day' }], sellers: [env.SELLER] },
    })
    return pay(env.SELLER + '/paid', { purchaseId: request.headers.get('idempotency-key') ?? undefined })
  },
}
