// Guarantees sold without a network, in every runtime: the sandbox is core and facilitator, the seller is ours.
import { decode, equal, same } from '../tools.mjs'
import { inSandbox, policy, PRICES, rowOf } from '../4mica/sandboxed.mjs'
import { PLACE } from './shop.mjs'

export const guaranteed = (farthing, env, parts) => {
  const given = { farthing, env, parts }
  const tests = {}
  for (const generation of ['cycle', 'clearing-house']) {
    tests[`${generation}: a guarantee is verified, worked for, issued and proven before it is handed out`] = () =>
      inSandbox(given, { generation }, async ({ sandbox, wallet, account }) => {
        const { paywall } = await parts.seller()
        const [{ payTo, asset }] = sandbox.sellers
        const [{ network }] = sandbox.cores
        const extra = { ...(await challengeOf(sandbox)).accepts[0].extra }
        const store = farthing.memoryStore()
        const paid = paywall({
          terms: { scheme: '4mica-credit', network, payTo, asset, price: { amount: PRICES[0], asset }, extra },
          facilitator: 'https://facilitator.sandbox.test',
          ...{ store, cores: sandbox.cores, assets: sandbox.assets, fetch: sandbox.fetch },
        })
        await paid.ready()
        let runs = 0
        const serve = paid((_, { payer, scheme }) => Response.json({ run: (runs += 1), payer, scheme }))
        const sent = []
        const fetch = async (input, init) => {
          const request = new Request(input, init)
          if (new URL(request.url).host !== 'shop.test') return sandbox.fetch(input, init)
          sent.push(request.headers.get('PAYMENT-SIGNATURE'))
          return serve(request)
        }
        const { cores, assets } = sandbox
        const pay = await farthing.wrapFetch(fetch, { wallet, policy, cores, assets, account })
        const answer = await pay(PLACE)
        equal(answer.status, 200, await answer.clone().text())
        const { payer, scheme } = await answer.json()
        same([payer.toLowerCase(), scheme], [env.payer.address.toLowerCase(), '4mica-credit'], 'payment')
        equal(pay.recordOf(answer).state, 'settled', 'record of the payer')
        equal(decode(answer.headers.get('PAYMENT-RESPONSE')).success, true, 'settlement')
        equal(BigInt(rowOf(sandbox, env.payer.address).locked), PRICES[0], 'locked')
        same((await paid.sales()).map(({ state }) => state), ['settled'], 'record of the seller')
        const again = await serve(new Request(PLACE, { headers: { 'PAYMENT-SIGNATURE': sent.at(-1) } }))
        same([again.status, (await again.json()).run, runs], [200, 1, 1], 'again')
        equal(BigInt(rowOf(sandbox, env.payer.address).locked), PRICES[0], 'locked once')
      })
  }
  return tests
}

async function challengeOf({ fetch, sellers: [{ url }] }) {
  return decode((await fetch(url)).headers.get('PAYMENT-REQUIRED'))
}
