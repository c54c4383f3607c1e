// What a paywall sells: prices in, and out what was worked, settled and handed out, in which order.
import { decode, equal, failure, same } from '../tools.mjs'
import { cent, FACILITATOR, onlyV1, problemOf, shopOf, SLOW_MS, TRANSACTION } from './shop.mjs'

export const selling = (farthing, env, parts) => {
  const place = { farthing, env, parts }
  const shop = (options) => shopOf(place, options)

  return {
    'an unpaid request is told the price, by header for version 2 and by body for version 1': async () => {
      const { ask, events } = await shop({ terms: { accepts: cent(env), description: 'a forecast' } })
      const answer = await ask()
      equal(answer.status, 402, 'status')
      const v2 = decode(answer.headers.get('PAYMENT-REQUIRED'))
      same([v2.x402Version, v2.resource.url, v2.resource.description], [2, 'https://shop.test/paid', 'a forecast'], 'v2')
      const [{ scheme, network, amount, payTo, asset, extra }] = v2.accepts
      same([scheme, network, amount, extra], ['exact', env.network, '10000', { name: 'USDC', version: '2' }], 'v2 terms')
      same([payTo.toLowerCase(), asset.toLowerCase()], [env.payTo.toLowerCase(), env.asset.toLowerCase()], 'addresses')
      const v1 = await answer.json()
      same([v1.x402Version, v1.accepts[0].network, v1.accepts[0].maxAmountRequired], [1, 'base-sepolia', '10000'], 'v1')
      same(events, [], 'nobody was asked')
    },

    'a payment is verified, worked for, settled and then handed out, with its proof': async () => {
      const { pay, events, given, reports, paid } = await shop()
      const answer = await pay('https://shop.test/paid')
      same([answer.status, await answer.json()], [200, { goods: 1 }], 'answer')
      same(events, ['verify', 'work', 'settle'], 'order')
      const settlement = decode(answer.headers.get('PAYMENT-RESPONSE'))
      same([settlement.success, settlement.transaction, settlement.network], [true, TRANSACTION, env.network], 'settlement')
      same([pay.recordOf(answer).state, pay.recordOf(answer).evidence.transaction], ['settled', TRANSACTION], 'record')
      const [[, payment]] = given
      same([payment.payer.toLowerCase(), payment.amount], [env.payer.address.toLowerCase(), '10000'], 'payment')
      same([payment.scheme, payment.network, payment.price], ['exact', env.network, '0.01 USD'], 'payment')
      equal(payment.signal.aborted, false, 'aborted')
      equal(reports.length, 1, 'reports')
      const record = await paid.sale(payment.id)
      same([record.state, (await paid.sales()).length], ['settled', 1], 'kept')
    },

    'a payer of version 1 is served by a facilitator of version 2': async () => {
      const { ask, sign, facilitator } = await shop()
      const header = await sign({}, undefined, onlyV1)
      same(Object.keys(header), ['X-PAYMENT'], 'header')
      const answer = await ask({ headers: header })
      equal(answer.status, 200, 'status')
      const settlement = decode(answer.headers.get('X-PAYMENT-RESPONSE'))
      same([settlement.success, settlement.network], [true, 'base-sepolia'], 'settlement')
      const { x402Version, paymentRequirements } = JSON.parse(facilitator.asked[0].text)
      same([x402Version, paymentRequirements.amount], [2, '10000'], 'what the facilitator was shown')
    },

    'settle-first settles before the work, optimistic after the answer': async () => {
      const first = await shop({ release: 'settle-first' })
      equal((await first.pay('https://shop.test/paid')).status, 200, 'status')
      same(first.events, ['verify', 'settle', 'work'], 'order')

      const late = []
      const soon = await shop({ release: { optimistic: { cap: '1 USD' } }, waitUntil: (promise) => void late.push(promise) })
      let settle
      soon.facilitator.next.settle.push((body) => new Promise((resolve) => {
        settle = () => resolve(Response.json(soon.facilitator.usual.settle(body)))
      }))
      const header = await soon.sign()
      const answer = await soon.ask({ headers: header })
      same([answer.status, await answer.json()], [200, { goods: 1 }], 'answer before it is settled')
      equal(answer.headers.get('PAYMENT-RESPONSE'), null, 'nothing is claimed to be settled')
      while (!settle) await new Promise((resolve) => setTimeout(resolve, 1))
      settle()
      equal(late.length, 1, 'kept until it is settled')
      await Promise.all(late)
      same((await soon.paid.sales()).map(({ state }) => state), ['settled'], 'state')
    },

    'terms are a function of the request, and free is free': async () => {
      const dear = { ...cent(env), price: '0.05 USD' }
      const terms = (request) => (request.headers.has('member') ? 'free' : request.url.endsWith('dear') ? dear : cent(env))
      const { ask, pay, given } = await shop({ terms })
      const prices = []
      for (const path of ['dear', 'cheap']) {
        const answer = await ask({}, `https://shop.test/${path}`)
        prices.push(decode(answer.headers.get('PAYMENT-REQUIRED')).accepts[0].amount)
      }
      same(prices, ['50000', '10000'], 'prices')
      const free = await ask({ headers: { member: 'yes' } })
      same([free.status, await free.json(), given[0][1]], [200, { goods: 1 }, undefined], 'free')
      equal((await pay('https://shop.test/dear')).status, 200, 'status')
    },

    'a payment for the cheap price does not buy what became dear': async () => {
      let price = '0.01 USD'
      const { ask, sign, facilitator } = await shop({ terms: () => ({ ...cent(env), price }) })
      const header = await sign()
      price = '0.02 USD'
      const answer = await ask({ headers: header })
      equal(answer.status, 402, 'status')
      equal(decode(answer.headers.get('PAYMENT-REQUIRED')).accepts[0].amount, '20000', 'the new price')
      same(facilitator.asked, [], 'asked')
    },

    'a price that cannot be told sells nothing, and only the seller hears why': async () => {
      const wrong = {
        throws: () => { throw new Error('the price list is away') },
        nothing: () => undefined,
        zero: () => ({ ...cent(env), price: '0 USD' }),
        'below the floor': () => ({ accepts: { ...cent(env), price: '0.0001 USD' }, floor: '0.001 USD' }),
        'no amount': () => ({ ...cent(env), price: 'NaN USD' }),
        'a number': () => ({ ...cent(env), price: 0.01 }),
      }
      for (const [name, terms] of Object.entries(wrong)) {
        const { ask, reports, events } = await shop({ terms })
        const answer = await ask({ headers: { 'PAYMENT-SIGNATURE': 'e30=' } })
        const text = await answer.text()
        same([answer.status, JSON.parse(text).error], [500, 'sale/setup'], name)
        equal(/price list/.test(text), false, `${name} is told to the buyer`)
        same([events, reports.length, reports[0].code], [[], 1, 'sale/setup'], name)
      }
    },

    'options that make no sense are named': async () => {
      const { paywall } = await parts.seller()
      const good = { terms: cent(env), facilitator: FACILITATOR, store: farthing.memoryStore() }
      const wrong = {
        store: { store: undefined },
        facilitator: { facilitator: undefined },
        'facilitator.evm': { facilitator: { evm: FACILITATOR } },
        'facilitator.exact.url': { facilitator: { exact: {} } },
        handlerTimeoutMs: { handlerTimeoutMs: 0 },
        maxResultBytes: { maxResultBytes: 10 ** 9 },
        cors: { cors: ['https://shop.test/'] },
        page: { page: 'yes' },
        admit: { admit: true },
        relase: { relase: 'settle-first' },
      }
      for (const [field, change] of Object.entries(wrong)) {
        const made = failure(farthing, (async () => paywall({ ...good, ...change }))(), 'misuse/options')
        equal((await made).facts, field, 'field')
      }
      const { terms, ...noTerms } = good
      equal((await failure(farthing, (async () => paywall(noTerms)(() => terms))(), 'misuse/options')).facts, 'terms', 'field')
    },

    'what only the core can judge is told by ready, naming the field': async () => {
      const { paywall } = await parts.seller()
      const good = { facilitator: FACILITATOR, store: farthing.memoryStore() }
      const wrong = {
        'accepts[0].payTo': { terms: { ...cent(env), payTo: '0x00' } },
        'accepts[0].network': { terms: { ...cent(env), network: 'solana:mainnet' } },
        'accepts[0].price': { terms: { ...cent(env), price: '0.01' } },
        'accepts[0].maxTimeoutSeconds': { terms: { ...cent(env), maxTimeoutSeconds: 0 } },
        release: { terms: cent(env), release: 'later' },
        origin: { terms: cent(env), origin: 'shop' },
        resultSeconds: { terms: cent(env), resultSeconds: 0.5 },
        evidenceAbove: { terms: cent(env), evidenceAbove: '0.01 USD' },
      }
      for (const [field, change] of Object.entries(wrong)) {
        const paid = paywall({ ...good, ...change })
        paid(() => new Response('never'))
        const { facts } = await failure(farthing, paid.ready(), 'misuse/options')
        equal(facts.startsWith(`\`${field}\``), true, `${field}: ${facts}`)
      }
      const paid = paywall({ ...good, terms: cent(env) })
      paid(() => new Response('never'))
      await paid.ready()
    },

    'the facilitator is shown its own credentials, nobody follows its redirects, and its refusal is told': async () => {
      let asked = 0
      const headers = async () => ({ authorization: `Bearer ${(asked += 1)}` })
      const { ask, sign, facilitator, events } = await shop({ facilitator: { exact: { url: `${FACILITATOR}/`, headers } } })
      const header = await sign()
      facilitator.next.verify.push(() => Response.json({ isValid: false, invalidReason: 'insufficient_funds' }))
      const refusal = await ask({ headers: header })
      equal(refusal.status, 402, 'status')
      equal(/insufficient_funds/.test(decode(refusal.headers.get('PAYMENT-REQUIRED')).error), true, 'reason')
      same(events, ['verify'], 'no work, no settlement')
      same(facilitator.asked.map(({ headers: shown }) => shown.get('authorization')), ['Bearer 1'], 'credentials')
      // workerd has no `error`.
      equal(facilitator.asked.every(({ redirect }) => redirect === 'error' || redirect === 'manual'), true, 'redirects')
    },

    'a facilitator that does not answer sells nothing, and the same payment may come again': async () => {
      const { ask, sign, facilitator, given } = await shop({ timeoutMs: SLOW_MS })
      const header = await sign()
      const silences = [
        () => new Promise(() => {}),
        () => Promise.reject(new TypeError('no route')),
        () => new Response('<html>', { status: 200 }),
        () => Response.json({ isValid: 'true' }),
        () => Response.json({ isValid: true }, { status: 500 }),
        () => Response.redirect('https://elsewhere.test/', 307),
      ]
      for (const silence of silences) {
        facilitator.next.verify.push(silence)
        const { status, error, next } = await problemOf(await ask({ headers: header }))
        same([status, error, next], [503, 'sale/facilitator', 'retry-same-id'], 'problem')
      }
      same([given.length, facilitator.deeds().includes('settle')], [0, false], 'work, and settlements')
      equal((await ask({ headers: header })).status, 200, 'status')
    },
  }
}
