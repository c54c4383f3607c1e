// What the owner does beside payments, against a real chain: a seller that takes the payment and never answers, proof of
// what became of it, taking it back, answering from another process, stopping, counting.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accounts, startChain } from '../peers/chain.mjs'
import { decodeHeader, encodeHeader, listen } from '../peers/http.mjs'
import { buyer, failure, farthing, owner } from './support.mjs'

const payer = accounts[1]
const payTo = accounts[2].address
/** A day: longer than any window and margin. */
const DAY_S = 86_400

let chain, seller, env
before(async () => {
  chain = await startChain()
  await chain.mint(payer.address, 100_000_000n)
  seller = await forgetfulSeller()
  env = { payer, sellers: { forgetful: seller.url }, cores: [] }
})
after(async () => {
  await seller?.stop()
  await chain?.stop()
})

/** Asks for a cent and hangs up on whoever pays, having read the payment. */
async function forgetfulSeller() {
  const payments = []
  const server = await listen((request, response) => {
    const payment = request.headers['payment-signature']
    if (payment) {
      payments.push(decodeHeader(payment))
      return request.socket.destroy()
    }
    // The tests move our clock, not the one of Node's HTTP server.
    response.sendDate = false
    const { address: asset, name, version } = chain.token
    const accepts = [
      {
        scheme: 'exact',
        network: chain.network,
        amount: '10000',
        asset,
        payTo,
        maxTimeoutSeconds: 300,
        extra: { name, version },
      },
    ]
    const challenge = { x402Version: 2, resource: { url: `http://${request.headers.host}${request.url}` }, accepts }
    response.writeHead(402, { 'payment-required': encodeHeader(challenge) }).end()
  })
  return { ...server, payments }
}

/** A purchase whose payment left and whose answer never came. */
async function lost(options = {}) {
  const store = farthing.memoryStore()
  const pay = await buyer(env, { store, ...options })
  const error = await failure(pay(`${seller.url}/paid`, { purchaseId: 'p', task: 'trip' }), 'settlement/lost')
  return { store, pay, record: error.record, payment: seller.payments.at(-1) }
}

/** What the seller, or anybody, can do with the payment. */
async function use({ payload }) {
  const { from, to, value, validAfter, validBefore, nonce } = payload.authorization
  const args = [from, to, value, validAfter, validBefore, nonce, payload.signature]
  const abi = chain.token.abi.filter(({ name, inputs }) => name !== 'transferWithAuthorization' || inputs.length === 7)
  const wallet = chain.walletClient(3)
  return sent(
    await wallet.writeContract({ address: chain.token.address, abi, functionName: 'transferWithAuthorization', args }),
  )
}

async function sent(hash) {
  const { status } = await chain.publicClient.waitForTransactionReceipt({ hash })
  assert.equal(status, 'success')
  return hash
}

/** Anvil calls a block finalized when 64 more are on it; these take no time. */
const finalize = () => chain.rpc('anvil_mine', ['0x50', '0x0'])

/** Later, for the chain and for us; our clock is set back in the end. */
async function later(seconds, act) {
  const { now } = Date
  const ahead = (await clockOfChain()) + seconds - Math.floor(now() / 1000)
  await chain.rpc('evm_setNextBlockTimestamp', [(await clockOfChain()) + seconds])
  await finalize()
  Date.now = () => now() + (ahead + 5) * 1000
  try {
    return await act()
  } finally {
    Date.now = now
  }
}

const clockOfChain = async () => Number((await chain.rpc('eth_getBlockByNumber', ['latest', false])).timestamp)
/** Where the chain's clock is, when a test before this one went ahead. */
const present = (act) => later(1, act)
const rpc = () => chain.rpcUrl
const stateOf = async (store) => (await store.read({ purchaseId: 'p', notes: [], holds: [] })).entries[0].state

test('a payment that was used is proven settled, once, by ten processes at once', async () => {
  const { store, record, payment } = await present(() => lost())
  assert.equal(record.state, 'unknown')
  const hash = await use(payment)
  await present(async () => {
    const found = (await Promise.all(Array.from({ length: 10 }, () => owner.reconcile(store, { rpc })))).flat()
    assert.deepEqual(new Set(found.map(({ outcome }) => outcome)), new Set(['settled']))
    assert.equal(found.filter(({ changed }) => changed).length, 1)
    assert.equal(found[0].transaction, hash)
    const [entry] = await store.list()
    const { evidence } = JSON.parse(entry.record)
    assert.equal(evidence.transaction, hash)
    assert.equal(evidence.proof, `chain ${chain.network} ${found[0].block}`)
    assert.deepEqual(await owner.reconcile(store, { rpc }), [], 'nothing is in doubt any more')
  })
})

test('a payment that nobody used is dead once its time is over in a finalized block, and its budget is free again', async () => {
  const { store, pay } = await present(() => lost())
  const left = async () => (await pay.remaining())[0].remaining
  const held = await left()
  await present(async () => {
    const [soon] = await owner.reconcile(store, { rpc })
    assert.deepEqual([soon.outcome, soon.reason, soon.changed], ['undetermined', 'still-valid', false])
    assert.ok(soon.again > Date.now() / 1000)
    assert.equal(await left(), held, 'what is not proven stays counted')
  })
  await later(DAY_S, async () => {
    const [report] = await owner.reconcile(store, { rpc })
    assert.deepEqual([report.outcome, report.changed], ['dead', true])
  })
  assert.equal(await stateOf(store), 'dead')
  assert.ok(BigInt(await left()) > BigInt(held))
})

for (const [kind, wallet] of [
  ['a local key', () => farthing.localWallet(payer.privateKey)],
  ['a viem client', () => chain.walletClient(1)],
]) {
  test(`a payment is taken back with ${kind}: the seller can no longer use it`, async () => {
    const { store, pay, payment } = await present(() => lost())
    await present(async () => {
      const transaction = await owner.revoke(store, 'p', wallet())
      assert.deepEqual([transaction.chainId, transaction.to], [chain.chainId, chain.token.address])
      const before = seller.payments.length
      await failure(pay(`${seller.url}/paid`, { purchaseId: 'p', task: 'trip' }), 'purchase/interrupted')
      assert.equal(seller.payments.length, before, 'it is not presented again')

      const { to, data } = transaction
      await sent(await chain.walletClient(5).sendTransaction({ to, data }))
      await assert.rejects(use(payment), /used|cancel|authorization/i)
      const [early] = await owner.reconcile(store, { rpc })
      assert.equal(early.outcome, 'undetermined', 'not finalized yet')
    })
    await present(async () => {
      const [report] = await owner.reconcile(store, { rpc })
      assert.deepEqual([report.outcome, report.changed], ['dead', true])
    })
    await failure(owner.revoke(store, 'p', wallet()), 'purchase/refused-before')
  })
}

test('a payment that the seller used before the cancellation arrived is settled', async () => {
  const { store, payment } = await present(() => lost())
  await present(async () => {
    const { to, data } = await owner.revoke(store, 'p', farthing.localWallet(payer.privateKey))
    await use(payment)
    await assert.rejects(chain.walletClient(5).sendTransaction({ to, data }))
  })
  await present(async () => {
    const [report] = await owner.reconcile(store, { rpc: () => chain.publicClient })
    assert.deepEqual([report.outcome, report.changed], ['settled', true])
  })
  await failure(owner.revoke(store, 'p', farthing.localWallet(payer.privateKey)), 'purchase/already-settled')
})

test('only the payer can take a payment back', async () => {
  const { store } = await present(() => lost())
  const other = farthing.localWallet(accounts[4].privateKey)
  await failure(owner.revoke(store, 'p', other), 'sign/account')
  await failure(owner.revoke(store, 'p', chain.walletClient(4)), 'sign/signer')
  await failure(owner.revoke(store, 'nobody', other), 'misuse/options')
})

test('a node that is silent, elsewhere or hostile determines nothing', async () => {
  const { store, payment } = await present(() => lost())
  await use(payment)
  await finalize()
  const reasonOf = async (options) => {
    const [{ outcome, reason, changed }] = await owner.reconcile(store, { timeoutMs: 1000, ...options })
    assert.deepEqual([outcome, changed], ['undetermined', false])
    return reason
  }
  const says = (text, status = 200) => ({
    rpc: () => 'http://node.test/',
    fetch: async () => new Response(text, { status }),
  })
  assert.equal(await reasonOf({ rpc: () => undefined }), 'unanswered')
  assert.equal(await reasonOf({ rpc: () => 'http://127.0.0.1:1/' }), 'unanswered')
  assert.equal(await reasonOf({ rpc: () => ({ request: () => new Promise(() => {}) }) }), 'unanswered')
  assert.equal(await reasonOf({ rpc: () => ({ request: async () => '0x1' }) }), 'other-network')
  assert.equal(await reasonOf({ rpc: () => ({ request: () => Promise.reject({ code: 4100 }) }) }), 'refused')
  assert.equal(await reasonOf(says('<html>')), 'malformed')
  assert.equal(await reasonOf(says(`"${'a'.repeat(2 ** 20)}"`)), 'malformed')
  assert.equal(await reasonOf(says('', 503)), 'unanswered')
  assert.equal(await stateOf(store), 'unknown')
})

test('a question is answered in another process, once, and then paid without asking', async () => {
  const store = farthing.memoryStore()
  const pay = await present(() =>
    farthing.wrapFetch(globalThis.fetch, {
      wallet: farthing.localWallet(payer.privateKey),
      policy: { perRequest: '0.10 USD', sellers: [seller.url], askAbove: '0.001 USD' },
      store,
    }),
  )
  const buy = () => pay(`${seller.url}/paid`, { purchaseId: 'p' })
  const { record: ticket } = await failure(buy(), 'approval/amount')
  const other = { ...ticket, terms: { ...ticket.terms, binding: `0x${'11'.repeat(32)}` } }
  await failure(owner.approve(store, other), 'approval/mismatch')
  const answers = await Promise.allSettled([
    owner.approve(store, JSON.parse(JSON.stringify(ticket)), { by: 'ada' }),
    owner.decline(store, ticket),
  ])
  assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1)
  assert.equal(answers[0].value.approval.by, 'ada')
  const { record } = await failure(buy(), 'settlement/lost')
  assert.equal(record.approval.by, 'ada')

  const no = await failure(pay(`${seller.url}/paid`, { purchaseId: 'no' }), 'approval/amount')
  assert.equal((await owner.decline(store, no.record)).state, 'refused')
  await failure(pay(`${seller.url}/paid`, { purchaseId: 'no' }), 'purchase/refused-before')
})

test('payments stop for every handle of a store and go on when the owner says so', async () => {
  const store = farthing.memoryStore()
  const pay = await buyer(env, { store })
  for (let round = 0; round < 2; round += 1) {
    await owner.stopPayments(store, 'by hand')
    await owner.stopPayments(store)
    await failure(pay(`${seller.url}/paid`), 'policy/stopped')
    await Promise.all([owner.resumePayments(store), owner.resumePayments(store)])
    await failure(pay(`${seller.url}/paid?${round}`), 'settlement/lost')
  }
  assert.match((await store.read({ notes: ['stop'], holds: [] })).notes[0], /^off$/)
})

test('what was spent is counted, tried, verified and exported', async () => {
  const store = farthing.memoryStore()
  const pay = await buyer(env, { store })
  for (const [at, task] of ['=1+1', 'trip', 'trip'].entries()) {
    await failure(pay(`${seller.url}/paid`, { purchaseId: `p${at}`, task }), 'settlement/lost')
  }
  const records = await pay.records()
  for (const source of [store, records, records.map((record) => JSON.stringify(record))]) {
    const { total, tasks, sellers } = await owner.spent(source)
    assert.deepEqual([total.unresolved, total.currencies[0].unresolved], [3, '0.03 USD'])
    assert.deepEqual(
      tasks.map(({ name, unresolved }) => [name, unresolved]),
      [
        ['=1+1', 1],
        ['trip', 2],
      ],
    )
    assert.equal(sellers[0].name, seller.url)
  }
  assert.equal((await owner.prices(store, seller.url)).length, 3)

  const policy = {
    perRequest: '0.10 USD',
    sellers: [seller.url],
    budgets: [{ limit: '0.02 USD', every: 'calendar-day', timeZone: 'Asia/Tokyo' }],
  }
  const { allowed, exceeded, purchases } = await owner.simulate(policy, store)
  assert.deepEqual([allowed.currencies[0], exceeded.count, purchases[2].outcome], ['0.02 USD', 1, 'exceeded'])
  await failure(owner.simulate({ perRequest: 1 }, store), 'misuse/policy')

  assert.deepEqual((await owner.verifyRecord(records[0])).sound, true)
  const forged = { ...records[0], terms: { ...records[0].terms, amount: '1' } }
  assert.deepEqual(await owner.verifyRecord(forged), { sound: false, problem: 'chain', step: 0 })

  const lines = (await collected(owner.exportJsonLines(store))).join('')
  assert.deepEqual(lines.trimEnd().split('\n').map(JSON.parse), records)
  const [head, first] = await collected(owner.exportCsv(store))
  const cells = first.split(',')
  assert.equal(cells[head.split(',').indexOf('task')], "'=1+1")
  assert.equal(cells[head.split(',').indexOf('price')], '0.01')
})

async function collected(source) {
  const all = []
  for await (const item of source) all.push(item)
  return all
}
