// What the seller got against what the store says.
import assert from 'node:assert/strict'
import { requireTool } from '../../runtime/harness/installed.mjs'
import { PAYEE, PAYER, PRICE, TOKEN } from './buying.mjs'

const { recoverTypedDataAddress } = requireTool('viem')
const types = {
  TransferWithAuthorization: [
    { name: 'from', type: 'address' },
    { name: 'to', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'validAfter', type: 'uint256' },
    { name: 'validBefore', type: 'uint256' },
    { name: 'nonce', type: 'bytes32' },
  ],
}
const domain = { name: 'USDC', version: '2', chainId: 84532, verifyingContract: TOKEN.asset }

/** States that count as spent. */
const spent = ['reserved', 'signed', 'settled', 'unknown']
/** States of a row whose payment may have left. */
const left = ['signed', 'settled', 'unknown']

/**
 * The authorisations among payments, by nonce: { purchase, value, first, moods }. Fails when one was presented with
 * other bytes or for another purchase, or was not signed by the payer over exactly the price.
 */
export async function authorisationsOf(payments) {
  const all = new Map()
  for (const { purchase, value, mood, atMs } of payments) {
    const { payload } = JSON.parse(Buffer.from(value, 'base64').toString())
    const { nonce } = payload.authorization
    const known = all.get(nonce)
    if (known) {
      assert.equal(value, known.value, `${purchase} was presented with other bytes`)
      assert.equal(purchase, known.purchase, `${nonce} was presented for two purchases`)
      known.moods.push(mood)
      continue
    }
    const { signature, authorization: message } = payload
    const signer = await recoverTypedDataAddress({ domain, types, primaryType: 'TransferWithAuthorization', message, signature })
    assert.deepEqual([signer, message.to, message.value], [PAYER.address, PAYEE, PRICE])
    const validBefore = Number(message.validBefore)
    all.set(nonce, { purchase, value, validBefore, atMs, moods: [mood] })
  }
  return all
}

/** Every row of a store, its record read. */
export async function rowsOf(store) {
  const rows = []
  for (;;) {
    const page = await store.list(rows.at(-1)?.purchaseId)
    if (page.length === 0) return rows
    for (const { purchaseId, state, record: text } of page) {
      const record = JSON.parse(text)
      assert.deepEqual([record.purchaseId, record.state], [purchaseId, state])
      assert.equal(record.history.at(-1).state, state)
      rows.push({ purchaseId, state, record })
    }
  }
}

/**
 * Holds payments against rows and sums. `holds` are the budgets as reservations named them.
 *
 * Fails when more was paid than `budget`, when a purchase had two authorisations, when a payment has no row that counts
 * it, or when a sum is not what the rows hold. Answers { paid, rows }.
 */
export async function compare({ payments, store, holds, budget, samePurchase = true }) {
  const authorisations = await authorisationsOf(payments)
  const paid = authorisations.size
  assert.ok(paid <= budget, `${paid} authorisations reached the seller, the budget is for ${budget}`)
  if (samePurchase) {
    const purchases = [...authorisations.values()].map(({ purchase }) => purchase)
    assert.equal(new Set(purchases).size, paid, 'a purchase had two authorisations')
  }
  const rows = await rowsOf(store)
  const byNonce = new Map(rows.filter(({ record }) => record.attempt).map((row) => [row.record.attempt.nonce, row]))
  for (const [nonce, { purchase }] of authorisations) {
    const row = byNonce.get(nonce)
    assert.ok(row, `the seller got ${nonce} for ${purchase}, which has no row`)
    if (samePurchase) assert.equal(row.purchaseId, purchase)
    assert.ok(left.includes(row.state), `the seller got the payment of ${purchase}, whose row is ${row.state}`)
  }
  const counting = rows.filter(({ state }) => spent.includes(state)).length
  assert.ok(counting <= budget, `${counting} rows count, the budget is for ${budget}`)
  const { used } = await store.read({ notes: [], holds })
  assert.ok(holds.length > 0)
  holds.forEach(({ key, amount }, at) =>
    assert.equal(used[at], String(BigInt(amount) * BigInt(counting)), `the sum of ${key} is not what rows hold`),
  )
  return { paid, rows, authorisations }
}

/** How many of each word. */
export function count(words) {
  const counts = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}
