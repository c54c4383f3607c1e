// The decisions of the WebAssembly core, beside those that the native one wrote down (tests/core/decisions.rs).
import { encode, equal } from './tools.mjs'

export const deciding = (farthing, env) => ({
  async 'every decision is the native one, to the byte'() {
    const { url, cases } = env.decisions
    const wallet = farthing.localWallet(env.payer.privateKey)
    for (const [index, { policy, purpose, challenge, decision }] of cases.entries()) {
      const answer = async () => new Response(null, { status: 402, headers: { 'PAYMENT-REQUIRED': encode(challenge) } })
      const pay = await farthing.wrapFetch(answer, { wallet, ...(policy && { policy }) })
      equal(await decided(farthing, pay, url, purpose), sorted(decision), `case ${index}`)
    }
    if (cases.length < 200) throw new Error(`only ${cases.length} cases`)
  },
})

async function decided(farthing, pay, url, purpose) {
  try {
    const { record, decision } = await pay.quote(url, purpose)
    return sorted({
      asks: decision.code ?? null,
      rule: record.decision.rule,
      policy: record.decision.policy,
      binding: record.terms.binding,
      budgets: decision.budgets.map(({ key, shown }) => [key, shown]),
    })
  } catch (thrown) {
    if (!(thrown instanceof farthing.PaymentError)) throw thrown
    const { code, facts, considered } = thrown
    return sorted({ code, facts, considered: considered.map(({ index, code }) => [index, code]) })
  }
}

const sorted = (value) => JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))))
