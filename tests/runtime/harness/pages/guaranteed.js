// In a service worker, which knows no `import()`: pays the 4mica-credit seller of `env` and tells what was recorded.
import { localWallet, wrapFetch } from '/node_modules/farthing/dist/entry/web.js'

self.onmessage = (event) => event.waitUntil(pay(event.data).then((result) => event.ports[0].postMessage([result])))

async function pay({ payer, cores, sellers }) {
  try {
    const policy = { perRequest: '0.10 USD', budgets: [{ limit: '1 USD', every: 'day' }], sellers: [sellers.credit] }
    const fetching = await wrapFetch(fetch, { wallet: localWallet(payer.privateKey), policy, cores })
    const { state, evidence } = fetching.recordOf(await fetching(`${sellers.credit}/paid`))
    return { name: 'pays', ok: true, state, problem: evidence.problem }
  } catch (thrown) {
    return { name: 'pays', ok: false, error: String(thrown?.stack ?? thrown) }
  }
}
