// What the interop tests share: farthing as a user installs it, its peers, and what a seller's log says of payments.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { installTarball } from '../runtime/harness/installed.mjs'

/** The folder of an empty project with the packed tarball in it. */
export const project = installTarball()

/** The installed package: what pays, and what the owner does beside that. */
export const farthing = await installed('farthing')
export const owner = await installed('farthing/owner')
/** What belongs to a 4Mica account, of the installed package. */
export const { facilitatorAt, openAccount, readiness } = await installed('farthing/4mica')

function installed(name) {
  const file = join(project, `${name.replace('/', '-')}.mjs`)
  writeFileSync(file, `export * from '${name}'\n`)
  return import(pathToFileURL(file).href)
}

/** A buyer with one budget of `limit` a day for exactly these sellers. */
export function buyer(env, { limit = '5 USD', fetch = globalThis.fetch, ...options } = {}) {
  const budgets = [{ limit, every: 'day' }]
  const policy = { perRequest: '0.10 USD', budgets, sellers: Object.values(env.sellers) }
  const wallet = farthing.localWallet(env.payer.privateKey)
  return farthing.wrapFetch(fetch, { wallet, policy, cores: env.cores, ...options })
}

/** Payment headers in a log of requests, in order. */
export const paymentsIn = (requests) =>
  requests.flatMap(({ headers }) => headers['payment-signature'] ?? headers['x-payment'] ?? [])

/** The failure of a promise, which must be a PaymentError with this code. */
export async function failure(promise, code) {
  const error = await promise.then(
    (answer) => assert.fail(`no failure, expected ${code}: status ${answer?.status}`),
    (thrown) => thrown,
  )
  assert.ok(error instanceof farthing.PaymentError, String(error?.stack ?? error))
  assert.equal(error.code, code, error.message)
  return error
}

/** Waits until `happened` holds. */
export async function until(happened, what) {
  const deadline = Date.now() + 15_000
  while (!(await happened())) {
    if (Date.now() > deadline) assert.fail(`waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Money that left the payer: on the chain, and as locked collateral at the core. */
export async function spent({ chain, core, env }) {
  const locked = BigInt(core.balanceOf(env.payer.address, env.asset)?.locked ?? 0)
  return 100_000_000n - (await chain.balanceOf(env.payer.address)) + locked
}
