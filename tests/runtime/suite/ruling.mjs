// What the owner and the caller rule besides the policy: quotes that bind, stops, observation, questions.
import { buyer, equal, failure, offer, policyFor, same, shop, SHOP } from './tools.mjs'

const PAID = `${SHOP}/paid`

export const ruling = (farthing, env, parts) => ({
  async 'a quote binds the payment: the same terms are paid, dearer ones are not'() {
    const amounts = ['10000', '10000', '10000', '20000']
    const { pay, wire } = await inShop(farthing, env, {}, () => ({ amount: amounts.shift() ?? '20000' }))
    const quote = await pay.quote(PAID)
    equal(quote.decision.outcome, 'allow', 'outcome')
    equal((await pay(PAID, { quote })).status, 200, 'status on the quoted terms')
    await failure(farthing, pay(PAID, { quote }), 'policy/terms-changed')
    equal(wire.payments().length, 1, 'payments')
  },

  async 'a quote tells what is left of every budget'() {
    const { pay } = await inShop(farthing, env)
    await pay(PAID)
    const { decision } = await pay.quote(PAID)
    const [budget] = decision.budgets
    same([budget.used, budget.remaining], [`1${'0'.repeat(16)}`, `499${'0'.repeat(16)}`], 'used and remaining')
  },

  async 'atMost makes one call narrower than the policy'() {
    const { pay, wire } = await inShop(farthing, env)
    await failure(farthing, pay(PAID, { atMost: '0.009 USD' }), 'policy/over-at-most')
    equal((await pay(PAID, { atMost: '0.01 USD' })).status, 200, 'status')
    await failure(farthing, pay(PAID, { atMost: 'a cent' }), 'misuse/options')
    equal(wire.payments().length, 1, 'payments')
  },

  async 'explain decides on a challenge at hand without any network'() {
    const { pay, wire } = await inShop(farthing, env)
    const challenge = (amount) => ({
      x402Version: 2,
      resource: { url: PAID },
      accepts: [offer(env, amount)],
    })
    const allowed = await pay.explain(PAID, challenge('10000'))
    same([allowed.outcome, allowed.next], ['allow', 'pay'], 'a cent')
    const denied = await pay.explain(PAID, challenge('100001'))
    same([denied.outcome, denied.code, denied.next], ['deny', 'policy/over-cap', 'ask-owner'], 'above the cap')
    equal(wire.sent.length, 0, 'requests')
  },

  async 'a budget in an unknown time zone is refused before anything is bought'() {
    const budgets = [{ limit: '1 USD', every: 'calendar-day', timeZone: 'Mars/Base' }]
    const refused = inShop(farthing, env, { policy: policyFor(env, { budgets, sellers: [SHOP] }) })
    const { facts } = await failure(farthing, refused, 'misuse/policy')
    equal(facts, 'timeZone Mars/Base', 'facts')
  },

  async 'an observing payer records what it would have paid and gives the 402 to the caller'() {
    const wallet = { kind: 'external', account: () => unwanted('account'), sign: () => unwanted('sign') }
    const { pay, wire } = await inShop(farthing, env, { mode: 'observe', wallet })
    const answer = await pay(PAID, { task: 'watch' })
    equal(answer.status, 402, 'status')
    const [record] = await pay.records()
    same([record.state, record.evidence.problem], ['refused', 'policy/observe-only'], 'record')
    same([record.terms.amount, record.request.task], ['10000', 'watch'], 'terms and task')
    same([wire.sent.length, wire.payments().length], [1, 0], 'requests and payments')
    equal(pay.recordOf(answer).purchaseId, record.purchaseId, 'record of the answer')
  },

  async 'stop holds for this handle at once and for every other handle of the store'() {
    const store = farthing.memoryStore()
    const { pay, wire } = await inShop(farthing, env, { store })
    const other = await inShop(farthing, env, { store })
    equal((await other.pay(PAID)).status, 200, 'status before')
    await pay.stop('too dear')
    await failure(farthing, pay(PAID), 'policy/stopped')
    const stopped = await failure(farthing, other.pay(PAID), 'policy/stopped')
    same([stopped.money, stopped.next], ['untouched', 'stop'], 'money and next')
    equal(wire.payments().length + other.wire.payments().length, 1, 'payments')
    const quote = await other.pay.quote(PAID)
    equal(quote.payable, true, 'a quote is still given')
  },

  async 'stop wins until the signer is called'() {
    const store = farthing.memoryStore()
    let asked = 0
    let pay
    const wallet = { kind: 'external', account: async () => env.payer.address, sign: async () => (asked += 1) }
    // The switch falls while the store reserves: the last moment before the wallet.
    const falling = { ...store, reserve: async (intent) => (pay.stop(), store.reserve(intent)) }
    ;({ pay } = await inShop(farthing, env, { store: falling, wallet }))
    await failure(farthing, pay(PAID, { purchaseId: 'late' }), 'policy/stopped')
    equal(asked, 0, 'times the wallet was asked')
    const rows = await store.list()
    same(
      rows.map(({ state }) => state),
      ['refused'],
      'states',
    )
  },

  async 'the record says who bought, in which session and category, and what came'() {
    const { pay } = await inShop(farthing, env, { agent: 'shopper', session: 's-1' })
    const answer = await pay(PAID, { category: 'data', agent: 'other', hashOutput: true })
    const { request, evidence, history } = pay.recordOf(answer)
    same([request.agent, request.session, request.category], ['other', 's-1', 'data'], 'labels')
    equal(evidence.output, GOODS, 'hash of the content')
    same(
      history.map(({ state }) => state),
      ['reserved', 'signed', 'settled'],
      'states',
    )
    equal(new Set(history.map(({ hash }) => hash)).size, 3, 'hashes')
    equal(await answer.text(), 'goods', 'content')
  },

  async 'resume presents the identical payment of an unanswered purchase'() {
    let drop = true
    const answer = () => {
      if (!drop) return undefined
      drop = false
      throw new Error('connection lost')
    }
    const { pay, wire } = await inShop(farthing, env, {}, () => ({ answer }))
    const url = `${PAID}?key=secret`
    await failure(farthing, pay(url, { purchaseId: 'lost' }), 'settlement/lost')
    const resumed = await pay.resume('lost')
    equal(resumed.status, 200, 'status')
    same([wire.payments().length, new Set(wire.payments()).size], [2, 1], 'presentations and payments')
    equal(wire.sent.at(-1).url, url, 'the whole URL')
    await failure(farthing, pay.resume('never'), 'misuse/options')
  },

  async 'a price the owner wants to be asked about is asked once, and nothing is signed without a yes'() {
    const owner = await parts.owner()
    const policy = { ...policyFor(env, { sellers: [SHOP] }), askAbove: '0.005 USD' }
    const store = farthing.memoryStore()
    const { pay, wire } = await inShop(farthing, env, { policy, store })
    const first = await failure(farthing, pay(PAID), 'approval/amount')
    equal(first.next, 'ask-owner', 'next')
    const second = await failure(farthing, pay(PAID), 'approval/amount')
    equal(first.record.purchaseId, second.record.purchaseId, 'ticket')
    equal(wire.payments().length, 0, 'payments')
    await owner.approve(store, JSON.parse(JSON.stringify(first.record)), { by: 'owner' })
    const answer = await pay(PAID)
    const { purchaseId, approval } = pay.recordOf(answer)
    same([purchaseId, approval.by], [first.record.purchaseId, 'owner'], 'record')
    // A yes is used once.
    await failure(farthing, pay(PAID), 'approval/amount')
    equal(wire.payments().length, 1, 'payments')
  },

  async 'an owner who is at hand answers at once, and a no is a no'() {
    const policy = { ...policyFor(env, { sellers: [SHOP] }), askAbove: '0.005 USD' }
    const answers = [false, 'ada', undefined]
    const approve = async () => answers.shift()
    const { pay, wire } = await inShop(farthing, env, { policy, approve })
    await failure(farthing, pay(PAID, { purchaseId: 'a' }), 'approval/declined')
    const answer = await pay(PAID, { purchaseId: 'b' })
    equal(pay.recordOf(answer).approval.by, 'ada', 'who said yes')
    await failure(farthing, pay(PAID, { purchaseId: 'c' }), 'approval/amount')
    await failure(farthing, pay(PAID, { purchaseId: 'a' }), 'purchase/refused-before')
    equal(wire.payments().length, 1, 'payments')
  },

  async 'a yes is worth nothing for other terms'() {
    const owner = await parts.owner()
    const policy = { ...policyFor(env, { sellers: [SHOP] }), askAbove: '0.005 USD' }
    const store = farthing.memoryStore()
    const amounts = ['10000']
    const { pay, wire } = await inShop(farthing, env, { policy, store }, () => ({ amount: amounts.shift() ?? '20000' }))
    const { record } = await failure(farthing, pay(PAID, { purchaseId: 'rise' }), 'approval/amount')
    await owner.approve(store, record, { by: 'owner' })
    const again = await failure(farthing, pay(PAID, { purchaseId: 'rise' }), 'approval/amount')
    equal(again.record.terms.amount, '20000', 'the new question')
    equal(wire.payments().length, 0, 'payments')
  },
})

// Keccak-256 of `goods`, by @noble/hashes.
const GOODS = '0xc148ccdad7e009fd7ebb8c929801d9c99afc6ae8a99a1948cd05b09547374b33'

function inShop(farthing, env, options = {}, terms = () => ({})) {
  const policy = policyFor(env, { sellers: [SHOP] })
  return buyer(farthing, env, { policy, ...options }, (input, init) => shop(env, terms())(input, init))
}

function unwanted(what) {
  throw new Error(`the wallet was asked: ${what}`)
}
