// Every official client and farthing, at every seller: each pair pays twice on a real chain or with guarantees of a core,
// and the chain or the core says what moved. Pairs that cannot exist are tried too: they must fail in the client's own
// words, with no payment sent. At our sellers a payment that is shown once more gets the same answer and moves nothing,
// and a client without funds is told so. The result is one table at the end.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { creditPayers, exactPayers } from './matrix/payers.mjs'
import { ourSellers } from './matrix/ours.mjs'
import { theirSellers } from './matrix/sellers.mjs'
import { cell, printTable } from './matrix/table.mjs'
import { payer as account, payTo, PRICE, startWorld } from './matrix/world.mjs'
import { accounts } from '../runtime/peers.mjs'
import { paymentsIn } from './support.mjs'

const world = await startWorld()
const payers = [...(await exactPayers()), ...(await creditPayers(world))]
const poor = await exactPayers(accounts[5])
const sellers = [...theirSellers(world), ...ourSellers(world)]
const cells = new Map()
const nothing = { transfers: [], paid: 0n, got: 0n, guarantees: 0, locked: 0n }

after(async () => {
  printTable(payers, sellers, cells)
  for (const payer of [...payers, ...poor]) await payer.stop?.()
  await world.stop()
})

for (const payer of payers) {
  describe(payer.name, { skip: payer.missing }, () => {
    for (const seller of sellers) {
      const why = cannot(payer, seller)
      const sentence = why ? `cannot pay ${seller.name}: ${why}` : `pays ${seller.name}, and again`
      test(sentence, async () => {
        cells.set(cell(payer, seller), 'FAILS')
        const shop = await seller.at(payer.generation)
        if (why) await refuses(payer, shop, why)
        else await paysTwice(payer, seller, shop)
        cells.set(cell(payer, seller), why ?? `✓ v${versionOf(payer, seller)}`)
      })
    }
  })
  if (payer.missing) for (const seller of sellers) cells.set(cell(payer, seller), 'not installed')
}

for (const payer of poor) {
  describe(`${payer.name}, without funds`, { skip: payer.missing }, () => {
    for (const seller of sellers.filter(({ name }) => /^our (http|settle-first|v1 facil\.)$/.test(name))) {
      test(`is refused by ${seller.name}, which does no work and asks nobody to settle`, async () => {
        const shop = await seller.at()
        const [from, served] = [shop.requests.length, shop.served()]
        const asked = settlementsAsked()
        const { value, error, ...moved } = await world.watch(() => payer.pay(`${shop.url}/paid`))
        // Some clients throw, the others hand over the second 402.
        assert.ok(error ?? value.status === 402, JSON.stringify(value))
        assert.equal(paymentsIn(shop.requests.slice(from)).length, 1, 'payments sent')
        assert.deepEqual([shop.served(), settlementsAsked()], [served, asked])
        assert.deepEqual(moved, nothing)
      })
    }
  })
}

const settlementsAsked = () =>
  Object.values(world.facilitators).flatMap(({ requests }) => requests.filter(({ path }) => path === '/settle')).length

/** The newest version that both speak. */
function versionOf(payer, seller) {
  return Math.max(...payer.versions.filter((version) => seller.versions.includes(version)))
}

/** Why there can be no payment, in the words of the table; else undefined. */
function cannot(payer, seller) {
  if (versionOf(payer, seller) < 1) return `v${seller.versions.join()} only`
  if (!seller.schemes.includes(payer.scheme)) return `no ${payer.scheme}`
}

async function paysTwice(payer, seller, shop) {
  const served = shop.served?.()
  for (const time of [1, 2]) {
    const from = shop.requests.length
    const { value, error, ...moved } = await world.watch(() => payer.pay(`${shop.url}/paid`))
    if (error) throw error
    const { status, body, settlement } = value
    assert.equal(status, 200, body)
    assert.deepEqual(JSON.parse(body), { paid: true })
    if (served !== undefined) assert.equal(shop.served() - served, time, 'times that the handler ran')

    const sent = shop.requests.slice(from).filter((request) => paymentsIn([request]).length > 0)
    assert.equal(sent.length, 1, 'payments sent')
    const version = sent[0].headers['payment-signature'] ? 2 : 1
    assert.equal(version, versionOf(payer, seller), 'x402 version of the payment')

    assert.equal(settlement?.success, true, `settlement as the client reads it: ${JSON.stringify(settlement)}`)
    const { transfers, ...sums } = moved
    if (payer.scheme === 'exact') {
      const { transaction } = settlement
      const transfer = { from: account.address.toLowerCase(), to: payTo.toLowerCase(), value: PRICE, transaction }
      assert.deepEqual(transfers, [transfer])
      assert.deepEqual(sums, { paid: PRICE, got: PRICE, guarantees: 0, locked: 0n })
      assert.equal(settlement.payer.toLowerCase(), account.address.toLowerCase())
    } else {
      assert.match(settlement.certificate, /^0x[0-9a-f]{64}$/)
      assert.deepEqual(transfers, [])
      assert.deepEqual(sums, { paid: 0n, got: 0n, guarantees: 1, locked: PRICE })
    }
    if (shop.served) await repeats(shop, sent[0])
  }
}

/** The seller has answered this payment: it does so again, word for word, and works and charges no more. */
async function repeats(shop, { headers }) {
  const served = shop.served()
  const { value, error, ...moved } = await world.watch(async () => {
    const names = ['payment-signature', 'x-payment'].filter((name) => headers[name])
    const answer = await fetch(`${shop.url}/paid`, { headers: Object.fromEntries(names.map((name) => [name, headers[name]])) })
    return { status: answer.status, body: await answer.text() }
  })
  assert.deepEqual([error, value], [undefined, { status: 200, body: '{"paid":true}' }])
  assert.equal(shop.served(), served)
  assert.deepEqual(moved, nothing)
}

async function refuses(payer, shop, why) {
  const from = shop.requests.length
  const { value, error, ...moved } = await world.watch(() => payer.pay(`${shop.url}/paid`))
  assert.ok(error, `it did not fail: ${JSON.stringify(value)}`)
  const words = error.code ?? String(error.message)
  assert.match(`${words} ${error.message}`, payer.refusals[why.startsWith('no ') ? 'scheme' : 'version'])
  assert.deepEqual(moved, nothing)
  assert.deepEqual(paymentsIn(shop.requests.slice(from)), [], 'payments sent')
}
