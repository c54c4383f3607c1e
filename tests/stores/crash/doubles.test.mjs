// Two processes pay one purchase, and the store fails for the one that comes second.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { requireTool } from '../../runtime/harness/installed.mjs'
import { load } from '../package-under-test.mjs'
import { challengeFor, goodsAt, PAYER, policyFor } from '../races/buying.mjs'
import { newFolder } from '../servers/place.mjs'

const { privateKeyToAccount } = requireTool('viem/accounts')
const origin = 'http://127.0.0.1:9'
const id = 'double'

async function seller(input, init) {
  if (new Headers(init?.headers).has('payment-signature')) return new Response('goods')
  const header = btoa(JSON.stringify(challengeFor(String(input))))
  return new Response('{}', { status: 402, headers: { 'payment-required': header } })
}

test('a double whose reservation fails leaves the row of the first, whose wallet is being asked', async () => {
  const farthing = await load('index')
  const { sqliteStore } = await load('stores/sqlite')
  const file = join(newFolder('doubles'), 'purchases.db')
  const stores = [await sqliteStore(file), await sqliteStore(file)]
  const policy = policyFor(origin, 100)
  const { promise: isAsked, resolve: ask } = Promise.withResolvers()
  const { promise: isSure, resolve: agree } = Promise.withResolvers()
  const account = privateKeyToAccount(PAYER.privateKey)
  let signed
  const wallet = {
    ...account,
    signTypedData: async (typedData) => {
      ask()
      await isSure
      signed = typedData.message.nonce
      return account.signTypedData(typedData)
    },
  }
  const first = await farthing.wrapFetch(seller, { wallet, policy, store: stores[0] })

  const failing = {
    ...stores[1],
    reserve: async (intent) => {
      if (intent.holds.length > 0) throw new Error('cannot reserve: the connection is lost')
      return stores[1].reserve(intent)
    },
  }
  // The double has looked for a row, found none, and meets its seller only when the first asks its wallet.
  const late = async (input, init) => {
    await isAsked
    return seller(input, init)
  }
  const options = { wallet: farthing.localWallet(PAYER.privateKey), policy, store: failing }
  const second = await farthing.wrapFetch(late, options)

  const double = second(goodsAt(origin, id), { purchaseId: id })
  const paid = first(goodsAt(origin, id), { purchaseId: id })
  await assert.rejects(double, { code: 'store/failed' })
  const [between] = await stores[0].list()
  agree()
  // Its outcome is told apart from the row's, which is the point here.
  await paid.catch(({ code }) => assert.match(code, /^purchase\//))
  const [{ record }] = await stores[0].list()
  for (const store of stores) store.close()
  assert.equal(between.state, 'reserved', 'the row of a payment that is being signed was given up by another process')
  assert.equal(JSON.parse(record).attempt.nonce, signed)
})
