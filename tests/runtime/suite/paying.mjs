// Real sellers, really paid: both x402 versions, both schemes, and what the record says afterwards.
import { balanceOf, buyer, bytesOf, decode, encode, equal, recorder, same } from './tools.mjs'

const sellers = {
  v2: { what: 'an x402 v2 seller', scheme: 'exact', version: 2, proof: 'transaction' },
  v1: { what: 'an x402 v1 seller', scheme: 'exact', version: 1, proof: 'transaction' },
  credit: { what: 'a 4mica-credit v2 seller', scheme: '4mica-credit', version: 2, proof: 'certificate' },
  creditV1: { what: 'a 4mica-credit v1 seller', scheme: '4mica-credit', version: 1, proof: 'certificate' },
}

export const paying = (farthing, env) => ({
  ...Object.fromEntries(
    Object.entries(sellers).flatMap(([name, facts]) => [
      [`GET from ${facts.what} is paid once and recorded as settled`, () => paidGet(farthing, env, name, facts)],
      [`POST to ${facts.what} sends the same body twice and is paid once`, () => paidPost(farthing, env, name)],
    ]),
  ),

  async 'records lists every purchase, oldest first, and recordOf is one of them'() {
    const { pay } = await buyer(farthing, env)
    const answers = []
    for (const seller of ['v2', 'credit']) answers.push(await pay(`${env.sellers[seller]}/paid`, { task: seller }))
    const records = await pay.records()
    same(
      records.map(({ request }) => request.task),
      ['v2', 'credit'],
      'tasks in order',
    )
    same(records, answers.map(pay.recordOf), 'records and recordOf')
    equal(pay.recordOf(new Response()), undefined, 'record of a foreign response')
  },

  async 'quote tells terms and rule; nothing is signed, sent, reserved or written'() {
    const wallet = { kind: 'external', account: () => unwanted('account'), sign: () => unwanted('sign') }
    const { pay, wire } = await buyer(farthing, env, { wallet })
    const quote = await pay.quote(`${env.sellers.v2}/paid`)
    equal(quote.payable, true, 'payable')
    const { terms, decision, attempt } = quote.record
    same([terms.amount, terms.price, terms.payTo], ['10000', '0.01 USD', env.payTo], 'terms')
    equal(decision.rule, 'perRequest 0.10 USD', 'rule')
    equal(attempt, undefined, 'an authorisation')
    equal(wire.sent.length, 1, 'requests')
    equal((await pay.records()).length, 0, 'records')
  },

  async 'quote of a free page gives its answer'() {
    const { pay } = await buyer(farthing, env)
    const quote = await pay.quote(`${env.sellers.v2}/free`)
    equal(quote.payable, false, 'payable')
    same(await quote.response.json(), { free: true }, 'content')
  },

  async 'the paid request has the headers of the first one and exactly one more'() {
    for (const [name, header] of [
      ['v2', 'payment-signature'],
      ['v1', 'x-payment'],
    ]) {
      const { pay, wire } = await buyer(farthing, env)
      const headers = { 'content-type': 'text/plain' }
      equal((await pay(`${env.sellers[name]}/paid`, { method: 'POST', body: 'x', headers })).status, 200, 'status')
      const [probe, paid] = wire.sent.map(({ headers }) => [...headers.keys()])
      same(
        paid.filter((key) => !probe.includes(key)),
        [header],
        'headers added',
      )
      same(probe, ['content-type'], 'headers of the first request')
    }
  },

  async 'the paid request follows no redirect and is not cached, the first one is as the caller wants it'() {
    const { pay, wire } = await buyer(farthing, env)
    await pay(`${env.sellers.v2}/paid`)
    const [probe, paid] = wire.sent.map(({ init }) => init)
    same([probe.redirect, probe.cache], [undefined, undefined], 'first request')
    equal(paid.redirect, 'manual', 'redirect of the paid request')
    if ('cache' in Request.prototype) equal(paid.cache, 'no-store', 'cache of the paid request')
  },

  async 'no request carries Access-Control-Expose-Headers, not even to the core'() {
    const { pay, wire } = await buyer(farthing, env)
    for (const url of Object.values(env.sellers)) await pay(`${url}/paid`)
    equal(wire.sent.length, 11, 'requests: two for each of five sellers, one to the core for all guarantees')
    equal(
      wire.sent.some(({ headers }) => headers.has('access-control-expose-headers')),
      false,
      'the header was sent',
    )
  },

  async 'wrapFetchWithPayment pays both versions with no other change than the import'() {
    const publicly = { v2: 'https://two.example', v1: 'https://one.example' }
    for (const [name, origin] of Object.entries(publicly)) {
      const wire = recorder(named(origin, env.sellers[name]))
      const pay = farthing.wrapFetchWithPayment(wire, farthing.localWallet(env.payer.privateKey))
      const before = await balanceOf(env, env.payTo)
      const answer = await pay(`${origin}/paid`, { method: 'GET' })
      same(await answer.json(), { paid: true }, 'content')
      equal((await balanceOf(env, env.payTo)) - before, 10_000n, 'amount moved')
      equal(wire.payments().length, 1, 'payments sent')
    }
  },
})

async function paidGet(farthing, env, name, { scheme, version, proof }) {
  const { pay, wire } = await buyer(farthing, env)
  const before = await balanceOf(env, env.payTo)
  const answer = await pay(`${env.sellers[name]}/paid?q=1#top`, { task: 'trip-42', reason: 'weather for the plan' })
  equal(answer.status, 200, 'status')
  same(await answer.json(), { paid: true }, 'content')
  const moved = scheme === 'exact' ? 10_000n : 0n
  equal((await balanceOf(env, env.payTo)) - before, moved, 'amount moved on the chain')
  equal(wire.payments().length, 1, 'payments sent')
  equal(
    wire.sent.every(({ url }) => !url.includes('#')),
    true,
    'no fragment is sent',
  )

  const { request, terms, decision, attempt, evidence, history, state } = pay.recordOf(answer)
  equal(state, 'settled', 'state')
  same(
    [request.method, request.path, request.task, request.reason],
    ['GET', '/paid', 'trip-42', 'weather for the plan'],
    'request',
  )
  equal(request.seller, env.sellers[name], 'seller')
  same([terms.scheme, terms.x402Version, terms.network], [scheme, version, env.network], 'terms')
  same([terms.amount, terms.price, terms.payTo], ['10000', '0.01 USD', env.payTo], 'price and recipient')
  equal(attempt.payer, env.payer.address, 'payer')
  same([decision.rule, decision.policy], ['perRequest 0.10 USD', pay.policy.hash], 'decision')
  equal(evidence.status, 200, 'status in the record')
  equal(/^0x[0-9a-f]{64}$/.test(evidence[proof]), true, `${proof} in the record: ${evidence[proof]}`)
  equal(evidence.problem, undefined, 'problem in the record')
  same(
    history.map((step) => step.state),
    ['reserved', 'signed', 'settled'],
    'history',
  )
}

async function paidPost(farthing, env, name) {
  const { pay, wire } = await buyer(farthing, env)
  const body = JSON.stringify({ question: 'ä € 😀' })
  const headers = { 'content-type': 'application/json' }
  const answer = await pay(`${env.sellers[name]}/paid`, { method: 'POST', body, headers })
  equal(await answer.text(), body, 'the body that the seller was paid for')
  equal(pay.recordOf(answer).state, 'settled', 'state')
  const posts = wire.sent.filter(({ method }) => method === 'POST')
  equal(posts.length, 2, 'POST requests')
  same(await bytesOf(posts[0].body), await bytesOf(posts[1].body), 'bytes of both requests')
}

/** The real seller under a public name, as behind a proxy: the safe policy pays no loopback address. */
function named(origin, url) {
  return async (input, init) => {
    const answer = await fetch(String(input).replace(origin, url), init)
    const headers = new Headers(answer.headers)
    const required = headers.get('payment-required')
    if (required)
      headers.set('payment-required', encode(JSON.parse(JSON.stringify(decode(required)).replaceAll(url, origin))))
    return new Response((await answer.text()).replaceAll(url, origin), { status: answer.status, headers })
  }
}

function unwanted(what) {
  throw new Error(`the wallet was asked for ${what}`)
}
