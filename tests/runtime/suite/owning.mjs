// What the owner does beside payments, in every runtime: the third module starts, and its answers cross whole. What a
// chain makes of it is in tests/interop.
import { buyer, chainWallet, equal, failure, policyFor, rpc, same, shop, SHOP } from './tools.mjs'

const PAID = `${SHOP}/paid`

export const owning = (farthing, env, parts) => ({
  async 'payments stop for a store, and go on'() {
    const owner = await parts.owner()
    const { store, pay, wire } = await inShop(farthing, env)
    await owner.stopPayments(store, 'by hand')
    await failure(farthing, pay(PAID), 'policy/stopped')
    await owner.resumePayments(store)
    equal((await pay(PAID)).status, 200, 'status')
    await owner.stopPayments(store)
    await failure(farthing, pay(PAID), 'policy/stopped')
    equal(wire.payments().length, 1, 'payments')
  },

  async 'a declined question is not paid'() {
    const owner = await parts.owner()
    const policy = { ...policyFor(env, { sellers: [SHOP] }), askAbove: '0.005 USD' }
    const { store, pay, wire } = await inShop(farthing, env, { policy })
    const { record } = await failure(farthing, pay(PAID, { purchaseId: 'p' }), 'approval/amount')
    equal((await owner.decline(store, record)).state, 'refused', 'state')
    await failure(farthing, owner.approve(store, record), 'approval/mismatch')
    await failure(farthing, pay(PAID, { purchaseId: 'p' }), 'purchase/refused-before')
    equal(wire.payments().length, 0, 'payments')
  },

  async 'a payment in doubt is looked up at a node, by URL and by provider'() {
    const owner = await parts.owner()
    const { store } = await inDoubt(farthing, env)
    const asked = []
    const provider = {
      request: ({ method, params }) => {
        asked.push(method)
        return rpc(env, method, params)
      },
    }
    for (const node of [env.rpcUrl, new URL(env.rpcUrl), provider]) {
      const [report] = await owner.reconcile(store, { rpc: (network) => (network === env.network ? node : undefined) })
      same([report.purchaseId, report.outcome, report.reason], ['p', 'undetermined', 'still-valid'], 'report')
      equal(report.changed, false, 'changed')
    }
    same(asked, ['eth_chainId', 'eth_getBlockByNumber', 'eth_call'], 'questions')
  },

  async 'a payment in doubt is taken back by the wallet that made it, and by no other'() {
    const owner = await parts.owner()
    const { store, pay, wire } = await inDoubt(farthing, env)
    await failure(farthing, owner.revoke(store, 'p', farthing.localWallet(env.other.privateKey)), 'sign/account')
    const silent = { kind: 'external', account: async () => env.payer.address, sign: async () => '0x' }
    await failure(farthing, owner.revoke(store, 'p', silent), 'sign/format')
    const locally = await owner.revoke(store, 'p', farthing.localWallet(env.payer.privateKey))
    equal(locally.to, env.asset, 'token')
    const wallet = chainWallet(env)
    const byWallet = await owner.revoke(store, 'p', farthing.injectedWallet(wallet))
    same(byWallet, locally, 'both signatures are those of RFC 6979')
    equal(wallet.prompts(), 1, 'times the wallet was asked')
    await failure(farthing, pay(PAID, { purchaseId: 'p' }), 'purchase/interrupted')
    equal(wire.payments().length, 1, 'payments')
  },

  async 'what was spent is counted, tried, verified and exported'() {
    const owner = await parts.owner()
    const { store, pay } = await inShop(farthing, env)
    await pay(PAID, { task: '=1+1' })
    await pay(PAID, { task: 'trip' })
    const { total, tasks } = await owner.spent(store)
    same([total.unresolved + total.settled, tasks.map(({ name }) => name)], [2, ['=1+1', 'trip']], 'sums')
    const budgets = [{ limit: '0.01 USD', every: 'calendar-day', timeZone: 'America/New_York' }]
    const tried = await owner.simulate(policyFor(env, { sellers: [SHOP], budgets }), await pay.records())
    same([tried.allowed.count, tried.exceeded.count, tried.skipped], [1, 1, 0], 'simulation')
    const [first] = await store.list()
    equal((await owner.verifyRecord(first.record)).sound, true, 'sound')
    equal((await owner.verifyRecord(first.record.replace('10000', '1'))).problem, 'chain', 'problem')
    const rows = []
    for await (const row of owner.exportCsv(store)) rows.push(row)
    same([rows.length, rows[1].includes(",'=1+1,")], [3, true], 'CSV')
    const lines = []
    for await (const line of owner.exportJsonLines(store)) lines.push(line)
    equal(lines[0], `${first.record}\n`, 'JSON line')
  },
})

async function inShop(farthing, env, options = {}, terms = () => ({})) {
  const store = farthing.memoryStore()
  const policy = policyFor(env, { sellers: [SHOP] })
  const fetch = (input, init) => shop(env, terms())(input, init)
  return { store, ...(await buyer(farthing, env, { policy, store, ...options }, fetch)) }
}

/** A purchase whose payment left and was never answered. */
async function inDoubt(farthing, env) {
  const answer = () => {
    throw new Error('connection lost')
  }
  const bought = await inShop(farthing, env, {}, () => ({ answer }))
  await failure(farthing, bought.pay(PAID, { purchaseId: 'p' }), 'settlement/lost')
  return bought
}
