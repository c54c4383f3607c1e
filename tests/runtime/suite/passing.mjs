// Nothing to pay: the answer is the seller's own, untouched, and leaves no record.
import { buyer, equal, failure, same, SHOP, shop } from './tools.mjs'

const LONG = 'x'.repeat(300_000)

export const passing = (farthing, env) => ({
  async 'a free page of a real seller passes through with one request and no record'() {
    const { pay, wire } = await buyer(farthing, env)
    for (const url of Object.values(env.sellers)) {
      const answer = await pay(`${url}/free`)
      same(await answer.json(), { free: true }, 'content')
      equal(pay.recordOf(answer), undefined, 'record')
    }
    equal(wire.sent.length, Object.keys(env.sellers).length, 'requests')
    equal((await pay.records()).length, 0, 'records')
  },

  async 'a 402 that is not x402 comes back as it was, readable to the end'() {
    const answers = {
      html: [`<h1>Pay by card</h1>${LONG}`, 'text/html'],
      json: [JSON.stringify({ error: 'out of credit', balance: 0 }), 'application/json'],
      list: ['[1,2,3]', 'application/json'],
      nothing: ['', 'text/plain'],
    }
    for (const [kind, [body, type]] of Object.entries(answers)) {
      const original = new Response(body, { status: 402, headers: { 'content-type': type, 'x-kind': kind } })
      const { pay, wire } = await buyer(farthing, env, {}, async () => original)
      const answer = await pay(`${env.sellers.v2}/card`)
      equal(answer, original, `${kind}: the very response of the seller`)
      equal(answer.bodyUsed, false, `${kind}: somebody read the body`)
      equal(await answer.text(), body, `${kind}: content`)
      equal(wire.sent.length, 1, `${kind}: requests`)
      equal(pay.recordOf(answer), undefined, `${kind}: record`)
    }
  },

  async 'only status 402 is a challenge, whatever the headers say'() {
    for (const status of [200, 401, 403, 407, 500]) {
      const challenge = (await shop(env)(`${SHOP}/paid`)).headers
      const { pay, wire } = await buyer(
        farthing,
        env,
        {},
        async () => new Response('no', { status, headers: challenge }),
      )
      equal((await pay(`${env.sellers.v2}/paid`)).status, status, 'status')
      equal(wire.payments().length, 0, 'payments sent')
    }
  },

  async 'a challenge that cannot be read is a failure that shows the answer, and signs nothing'() {
    const broken = () =>
      new Response('{}', { status: 402, headers: { 'payment-required': 'AAAA', 'x-kind': 'broken' } })
    const { pay, wire } = await buyer(farthing, env, {}, shop(env, { unpaid: broken }))
    const error = await failure(farthing, pay(`${env.sellers.v2}/paid`), 'parse/json')
    equal(error.money, 'untouched', 'money')
    equal(error.response.headers.get('x-kind'), 'broken', "the seller's answer")
    equal(await error.response.text(), '{}', 'content')
    equal(wire.payments().length, 0, 'payments sent')
  },

  async 'a network that fails before the price is a failure with its cause, and can be tried again'() {
    const cause = new TypeError('no route')
    let broken = true
    const { pay } = await buyer(farthing, env, {}, async (input, init) => {
      if (broken) throw cause
      return fetch(input, init)
    })
    const ask = () => pay(`${env.sellers.v2}/paid`, { purchaseId: 'again' })
    const error = await failure(farthing, ask(), 'request/failed')
    equal(error.cause, cause, 'cause')
    equal(error.money, 'untouched', 'money')
    broken = false
    equal(pay.recordOf(await ask()).state, 'settled', 'state after the second try')
  },

  async 'a request that already carries a payment header is refused, and nothing is sent'() {
    const { pay, wire } = await buyer(farthing, env)
    const url = `${env.sellers.v2}/paid`
    for (const name of ['PAYMENT-SIGNATURE', 'X-PAYMENT', 'x-Payment']) {
      await failure(farthing, pay(url, { headers: { [name]: 'e30=' } }), 'request/header')
      await failure(farthing, pay(new Request(url, { headers: { [name]: 'e30=' } })), 'request/header')
    }
    equal(wire.sent.length, 0, 'requests')
  },

  async 'a paying fetch around a paying fetch pays once'() {
    const inner = await buyer(farthing, env)
    const outer = await buyer(farthing, env, {}, inner.pay)
    equal((await outer.pay(`${env.sellers.v2}/paid`)).status, 200, 'status')
    equal(inner.wire.payments().length + outer.wire.payments().length, 1, 'payments sent')
  },

  async 'a URL that is none is refused, and nothing is sent'() {
    const { pay, wire } = await buyer(farthing, env)
    for (const url of ['ftp://shop.example/', 'https://user:secret@shop.example/', 'https://']) {
      await failure(farthing, pay(url), 'request/url')
    }
    equal(wire.sent.length, 0, 'requests')
  },
})
