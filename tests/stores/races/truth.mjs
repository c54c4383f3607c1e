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

/** Payments that the budget of every race is for. */
export const BUDGET = 100

/** States that count as spent. */
const spent = ['reserved', 'signed', 'settled', 'unknown']
/** States of a row whose payment may have left. */
const left = ['signed', 'settled', 'unknown']

/** Moods in which a seller delivers. */
const delivering = ['settles', 'settles late', 'says nothing']

/** Payments whose signature was found right before. */
const checked = new Set()

/**
 * The authorisations among payments, by nonce: { purchase, value, atMs, validBefore, moods, deliveredMs }. Fails when
 * one was presented with other bytes or for another purchase, or was not signed by the payer over exactly the price.
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
    } else {
      await check(payload)
      const validBefore = Number(payload.authorization.validBefore)
      all.set(nonce, { purchase, value, atMs, validBefore, moods: [], deliveredMs: undefined })
    }
    const authorisation = all.get(nonce)
    authorisation.moods.push(mood)
    if (delivering.includes(mood)) authorisation.deliveredMs ??= atMs
  }
  return all
}

async function check({ signature, authorization: message }) {
  if (checked.has(signature)) return
  const primaryType = 'TransferWithAuthorization'
  const signer = await recoverTypedDataAddress({ domain, types, primaryType, message, signature })
  assert.deepEqual([signer, message.to, message.value], [PAYER.address, PAYEE, PRICE])
  checked.add(signature)
}

/** Every row of a store, its record read. */
export async function rowsOf(store) {
  const rows = []
  for (;;) {
    const page = rows.length > 0 ? await store.list(rows.at(-1).purchaseId) : await store.list()
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
 * Holds the payments that a seller got against rows and sums.
 *
 * Fails when more was paid than the budget is for, when a purchase had two authorisations, when a payment has no row
 * that counts it, or when a sum is not what the rows hold. Answers { paid, rows }.
 */
export async function compare({ seller, store, tallies }) {
  const authorisations = await authorisationsOf(await seller.payments())
  const rows = await rowsOf(store)
  const paid = authorisations.size
  assert.ok(paid <= BUDGET, `${paid} authorisations reached the seller, the budget is for ${BUDGET}`)
  const purchases = [...authorisations.values()].map(({ purchase }) => purchase)
  assert.equal(new Set(purchases).size, paid, 'a purchase had two authorisations')
  everyPaymentHasItsRow(authorisations, rows)
  const { holds } = tallies.find(({ holds }) => holds)
  await sumsAreWhatRowsHold(store, rows, holds, BUDGET)
  return { paid, rows }
}

/** Every payment the seller got is in a row of its purchase, in a state that says it may have left. */
export function everyPaymentHasItsRow(authorisations, rows) {
  const byNonce = new Map(rows.filter(({ record }) => record.attempt).map((row) => [row.record.attempt.nonce, row]))
  for (const [nonce, { purchase }] of authorisations) {
    const row = byNonce.get(nonce)
    assert.ok(row, `the seller got ${nonce} for ${purchase}, which has no row`)
    assert.ok(left.includes(row.state), `the seller got the payment of ${purchase}, whose row is ${row.state}`)
  }
  return byNonce
}

/** `holds` are the budgets as a reservation named them. */
export async function sumsAreWhatRowsHold(store, rows, holds, budget) {
  const counting = rows.filter(({ state }) => spent.includes(state)).length
  assert.ok(counting <= budget, `${counting} rows count, the budget is for ${budget}`)
  assert.ok(holds.length > 0)
  const { used } = await store.read({ notes: [], holds })
  for (const [at, { key, amount }] of holds.entries())
    assert.equal(used[at], String(BigInt(amount) * BigInt(counting)), `the sum of ${key} is not what rows hold`)
}

/** Starts all at once and waits for all. */
export async function race(starts) {
  const startedAt = performance.now()
  const tallies = await Promise.all(starts.map((start) => start()))
  return { tallies, seconds: (performance.now() - startedAt) / 1_000 }
}

// What may come of a payer that was not first: no room, or somebody else pays, or was refused, this very purchase; or
// it presented the bytes of its double, which was first to write the answer down, so that its own copy says `signed`.
const fair = ['settled', 'signed', 'budget/exceeded', 'purchase/in-progress', 'purchase/refused-before']

/** Fails when a payer of a calm race met anything but a settlement, a full budget or its own double. */
export function isFair(tallies) {
  for (const outcome of Object.keys(sum(tallies.map(({ outcomes }) => outcomes))))
    assert.ok(fair.includes(outcome), `an outcome was ${outcome}`)
}

/** Lines to print: figures; outcomes and states. */
export function summary(name, { payers, paid, rows, seconds, tallies }) {
  const total = (key) => tallies.reduce((sum, tally) => sum + tally[key], 0)
  const pace = (number) => Math.round(number / seconds)
  const overshoot = `overshoot ${Math.max(0, paid - BUDGET)}, ${total('thrown')} injected failures`
  const paces = `${pace(total('reservations'))} reservations and ${pace(payers)} purchases per second`
  const words = { outcomes: sum(tallies.map(({ outcomes }) => outcomes)), rows: count(rows.map(({ state }) => state)) }
  return [`${name}: ${payers} payers, ${paid} paid, ${overshoot}, ${paces}`, `${name}: ${JSON.stringify(words)}`]
}

/** How many of each word. */
export const count = (words) => sum(Array.from(words, (word) => ({ [word]: 1 })))

function sum(all) {
  const total = {}
  for (const counts of all) for (const [key, value] of Object.entries(counts)) total[key] = (total[key] ?? 0) + value
  return total
}
