// Our seller with the official facilitators on a real chain: what is settled there, what is found there, and whose word is
// not believed.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accounts, startChain } from '../peers/chain.mjs'
import { startFacilitatorV1 } from '../peers/legacy/x402-v1.mjs'
import { startFacilitatorV2 } from '../peers/x402-v2.mjs'
import { farthing, paywall } from './support.mjs'

const [, payer, payee, , , , , broke] = accounts
const PRICE = 10_000n

let chain, v1, v2
before(async () => {
  chain = await startChain()
  await chain.mint(payer.address, 10_000_000n)
  v2 = await startFacilitatorV2(chain)
  v1 = await startFacilitatorV1(chain)
})
after(async () => {
  for (const peer of [v1, v2, chain]) await peer?.stop()
})

/** A shop over an official facilitator. `meddle` stands between them: it gets the deed and how to do it. */
async function shop({ meddle = (_, act) => act(), wallet = payer, ...options } = {}) {
  const deeds = []
  const fetch = (input, init) => {
    const deed = new URL(input).pathname.slice(1)
    if (deed === '') return globalThis.fetch(input, init)
    deeds.push(deed)
    return meddle(deed, () => globalThis.fetch(input, init))
  }
  const reports = []
  const paid = paywall({
    terms: { network: chain.network, payTo: payee.address, price: '0.01 USD' },
    ...{ facilitator: v2.url, store: farthing.memoryStore(), fetch, report: (told) => void reports.push(told) },
    ...options,
  })
  let runs = 0
  const serve = paid(() => Response.json({ run: (runs += 1) }))
  const sent = []
  const ask = async (input, init) => {
    const request = new Request(input, init)
    const header = request.headers.get('payment-signature')
    if (header) sent.push(header)
    return serve(request)
  }
  const policy = { perRequest: '0.10 USD', budgets: [{ limit: '5 USD', every: 'day' }], sellers: ['shop.test'] }
  const pay = await farthing.wrapFetch(ask, { wallet: farthing.localWallet(wallet.privateKey), policy })
  const again = () => serve(new Request('https://shop.test/paid', { headers: { 'payment-signature': sent[0] } }))
  return { pay: () => pay('https://shop.test/paid'), again, paid, deeds, reports, recordOf: pay.recordOf }
}

const earned = async (act) => {
  const had = await chain.balanceOf(payee.address)
  const result = await act()
  return { result, units: (await chain.balanceOf(payee.address)) - had }
}
const pause = (answer) => new Promise((resolve) => setTimeout(resolve, 1000 * Number(answer.headers.get('retry-after')) + 50))
/** The answer of a purchase that ended as our payer cannot call settled. */
const answerOf = (buying) => buying.catch(({ response }) => response)

for (const [name, facilitator] of [
  ['version 2', () => ({ url: v2.url })],
  ['version 1', () => ({ url: v1.url, x402Version: 1 })],
]) {
  test(`the official facilitator of ${name} settles, and the chain shows it`, async () => {
    const { pay, recordOf, paid } = await shop({ facilitator: facilitator() })
    const { result, units } = await earned(pay)
    assert.deepEqual([result.status, await result.json(), units], [200, { run: 1 }, PRICE])
    const { evidence, attempt } = recordOf(result)
    assert.equal(await chain.authorizationState(payer.address, attempt.nonce), true)
    assert.equal((await chain.publicClient.getTransactionReceipt({ hash: evidence.transaction })).status, 'success')
    const [{ state, evidence: kept }] = await paid.sales()
    assert.deepEqual([state, kept.transaction], ['settled', evidence.transaction])
  })
}

test('a settlement whose answer was lost is found on the chain, and nobody is asked to settle again', async () => {
  const meddle = async (deed, act) => {
    const answer = await act()
    if (deed === 'settle') throw new TypeError('connection reset')
    return answer
  }
  const { pay, again, deeds, paid } = await shop({ meddle, rpc: { [chain.network]: chain.rpcUrl } })
  const { units } = await earned(async () => {
    let answer = await answerOf(pay())
    for (let round = 0; answer.status === 503 && round < 3; round += 1) {
      assert.equal(answer.headers.get('payment-required'), null)
      await pause(answer)
      // Evidence is what is final: a chain in a test is final when somebody mines.
      await chain.rpc('anvil_mine', ['0x80'])
      answer = await again()
    }
    assert.deepEqual([answer.status, await answer.json()], [200, { run: 1 }])
  })
  assert.equal(units, PRICE)
  assert.deepEqual(deeds, ['verify', 'settle'])
  const [{ evidence }] = await paid.sales()
  assert.match(evidence.proof, /^chain/)
})

test('without a node a lost answer stays unknown at a facilitator that settles nothing twice, and money moves once', async () => {
  let lost = 0
  const meddle = async (deed, act) => {
    const answer = await act()
    if (deed === 'settle' && lost++ === 0) throw new TypeError('connection reset')
    return answer
  }
  const { pay, again } = await shop({ meddle })
  const { units } = await earned(async () => {
    const answer = await answerOf(pay())
    assert.equal(answer.status, 503)
    await pause(answer)
    // The official facilitator does not settle a nonce twice, and does not say that it did: nobody knows.
    const second = await again()
    assert.equal(second.headers.get('payment-required'), null)
    assert.equal((await second.json()).error, 'sale/unknown')
  })
  assert.equal(units, PRICE)
})

test('above evidenceAbove a facilitator is not believed that names a transaction which never was', async () => {
  const lie = { success: true, transaction: `0x${'ab'.repeat(32)}`, network: chain.network, payer: payer.address }
  const meddle = (deed, act) => (deed === 'settle' ? Response.json(lie) : act())
  const { pay, paid } = await shop({ meddle, rpc: { [chain.network]: chain.rpcUrl }, evidenceAbove: '0.01 USD' })
  const { result, units } = await earned(() => answerOf(pay()))
  assert.equal(units, 0n)
  assert.ok([502, 503].includes(result.status), `${result.status}`)
  assert.match((await result.json()).error, /^sale\/(unproven|unknown)$/)
  assert.deepEqual((await paid.sales()).map(({ state }) => state), ['signed'])
})

test('at evidenceAbove a true word is believed once the chain shows it', async () => {
  const { pay } = await shop({ rpc: { [chain.network]: chain.rpcUrl }, evidenceAbove: '0.01 USD' })
  const { result, units } = await earned(pay)
  assert.deepEqual([result.status, units], [200, PRICE])
})

test('a payer without funds is refused before any work, with a fresh price', async () => {
  const { pay, deeds, reports } = await shop({ wallet: broke })
  const { result, units } = await earned(() => answerOf(pay()))
  assert.deepEqual([result.status, units, deeds], [402, 0n, ['verify']])
  assert.ok(result.headers.get('payment-required'))
  assert.deepEqual([reports[0].code, reports[0].state], ['sale/refused', 'refused'])
})
