// Every official client and farthing, at every seller: each pair pays twice on a real chain or with guarantees of a core,
// and the chain or the core says what moved. Pairs that cannot exist are tried too: they must fail in the client's own
// words, with no payment sent. The result is one table at the end.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startPayers } from './matrix/payers.mjs'
import { theirSellers } from './matrix/sellers.mjs'
import { cell, printTable } from './matrix/table.mjs'
import { payer as account, payTo, PRICE, startWorld } from './matrix/world.mjs'
import { paymentsIn } from './support.mjs'

const world = await startWorld()
const payers = await startPayers(world)
const sellers = [...theirSellers(world)]
const cells = new Map()

after(async () => {
  printTable(payers, sellers, cells)
  for (const payer of payers) await payer.stop?.()
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
  }
}

async function refuses(payer, shop, why) {
  const from = shop.requests.length
  const { value, error, ...moved } = await world.watch(() => payer.pay(`${shop.url}/paid`))
  assert.ok(error, `it did not fail: ${JSON.stringify(value)}`)
  const words = error.code ?? String(error.message)
  assert.match(`${words} ${error.message}`, payer.refusals[why.startsWith('no ') ? 'scheme' : 'version'])
  assert.deepEqual(moved, { transfers: [], paid: 0n, got: 0n, guarantees: 0, locked: 0n })
  assert.deepEqual(paymentsIn(shop.requests.slice(from)), [], 'payments sent')
}
