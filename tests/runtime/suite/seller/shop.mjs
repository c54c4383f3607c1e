// A shop of ours in this process, a facilitator that says what a test wants, and our payer in front of it: what the
// seller's groups of the suite share.
import { encode, recorder } from '../tools.mjs'

/** Long enough for all that answers at once, on a machine that does other things beside; waited for by what never does. */
export const SLOW_MS = 1000
export const PLACE = 'https://shop.test/paid'
export const FACILITATOR = 'https://facilitator.test'
/** A transaction that nobody sent: what a facilitator says is not the chain. */
export const TRANSACTION = `0x${'ab'.repeat(32)}`

/** One cent, in the token of env. */
export const cent = (env) => ({ network: env.network, payTo: env.payTo, price: '0.01 USD' })

/** Verifies and settles everything, unless a test puts something else `next`. `asked` is what reached it, in order. */
export function facilitatorOf(env) {
  const asked = []
  const next = { verify: [], settle: [] }
  const payerOf = ({ paymentPayload }) => paymentPayload.payload.authorization.from
  const usual = {
    verify: (body) => ({ isValid: true, payer: payerOf(body) }),
    settle: (body) => ({ success: true, transaction: TRANSACTION, network: env.network, payer: payerOf(body) }),
  }
  const fetch = async (input, init) => {
    const deed = new URL(input).pathname.slice(1)
    const entry = { deed, url: String(input), text: init.body, headers: new Headers(init.headers), redirect: init.redirect }
    asked.push(entry)
    const body = JSON.parse(init.body)
    const act = next[deed].shift()
    return act ? act(body, init) : Response.json(usual[deed](body))
  }
  return { fetch, asked, next, deeds: () => asked.map(({ deed }) => deed), usual }
}

/**
 * A paywall with everything around it. `work` replaces the handler; the rest are options of the paywall.
 * `ask` sends a request as it is, `pay` buys, `sign` makes a payment header without showing it to anybody.
 */
export async function shopOf({ farthing, env, parts }, { terms = cent(env), work, place = PLACE, ...options } = {}) {
  const { paywall } = await parts.seller()
  const facilitator = facilitatorOf(env)
  const store = options.store ?? farthing.memoryStore()
  const reports = []
  const events = []
  const given = []
  const paid = paywall({
    ...{ terms, facilitator: FACILITATOR, store, report: (told) => void reports.push(told) },
    fetch: async (input, init) => {
      events.push(new URL(input).pathname.slice(1))
      return facilitator.fetch(input, init)
    },
    ...options,
  })
  const serve = paid(async (...all) => {
    events.push('work')
    given.push(all)
    return work ? work(...all) : Response.json({ goods: given.length })
  })
  const ask = (init, url = place, ...rest) => serve(new Request(url, init), ...rest)
  const wire = recorder((input, init) => serve(new Request(input, init)))
  const pay = await payerOf(farthing, env, wire)
  /** The header of a payment for such a request, of the challenge that `unpaid` may change. */
  const sign = async (init = {}, url = place, unpaid = (answer) => answer) => {
    let signed
    const buy = await payerOf(farthing, env, async (input, sent) => {
      const headers = new Headers(sent.headers)
      const name = ['PAYMENT-SIGNATURE', 'X-PAYMENT'].find((each) => headers.has(each))
      if (!name) return unpaid(await serve(new Request(input, sent)))
      signed = { [name]: headers.get(name) }
      return new Response('thanks', { headers: { 'PAYMENT-RESPONSE': encode({ success: true }) } })
    })
    await buy(url, init)
    return signed
  }
  return { paid, serve, ask, pay, sign, wire, facilitator, store, reports, events, given }
}

function payerOf(farthing, env, fetch) {
  const policy = { perRequest: '0.10 USD', budgets: [{ limit: '5 USD', every: 'day' }], sellers: ['shop.test'] }
  return farthing.wrapFetch(fetch, { wallet: farthing.localWallet(env.payer.privateKey), policy })
}

/** The challenge without its v2 header, so that a payer reads the v1 body. */
export function onlyV1(answer) {
  const headers = new Headers(answer.headers)
  headers.delete('PAYMENT-REQUIRED')
  return new Response(answer.body, { status: answer.status, headers })
}

/** A store that notes what is asked of it, and fails where `fails` says so. */
export function watched(store, fails = () => false) {
  const calls = []
  const noting = (name) => async (...args) => {
    calls.push(name)
    if (fails(name, calls.length)) throw new Error('the store is away')
    return store[name](...args)
  }
  const operations = ['reserve', 'advance', 'read', 'remember', 'open', 'list']
  const noted = Object.fromEntries(operations.map((name) => [name, noting(name)]))
  return { calls, store: { durability: store.durability, ...noted } }
}

/** What an answer says went wrong. */
export async function problemOf(answer) {
  const { error, paymentId, next, fix, message } = await answer.json()
  return { status: answer.status, error, paymentId, next, fix, message }
}
