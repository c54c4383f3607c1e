// What the seller's tests share: farthing as a user installs it, frameworks as their users install them, a facilitator in
// this process, and a server that listens.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { installTarball } from '../runtime/harness/installed.mjs'
import { facilitatorOf } from '../runtime/suite/seller/shop.mjs'

/** Where the package is installed. */
export const project = installTarball()

/** An entry of the installed package. */
async function installed(entry) {
  const file = join(project, `${entry.replaceAll('/', '-')}.mjs`)
  writeFileSync(file, `export * from '${entry}'\n`)
  return import(pathToFileURL(file).href)
}

export const farthing = await installed('farthing')
export const { paywall, PaymentError } = await installed('farthing/seller')
export const { payHono } = await installed('farthing/seller/hono')
export const { payExpress } = await installed('farthing/seller/express')
export const { payNext } = await installed('farthing/seller/next')

const requirePeer = createRequire(new URL('../peers/package.json', import.meta.url))
/** A package that the peers have. */
export const peer = (name) => import(pathToFileURL(requirePeer.resolve(name)).href)

/** Anvil's account 1 pays; nothing of it reaches a chain here. */
export const env = {
  network: 'eip155:84532',
  asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
  payTo: '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC',
  payer: {
    address: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
    privateKey: '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
  },
}

/** A paywall over an in-process facilitator. */
export function stall(options = {}) {
  const facilitator = facilitatorOf(env)
  const reports = []
  const paid = paywall({
    terms: { network: env.network, payTo: env.payTo, price: '0.01 USD' },
    facilitator: 'https://facilitator.test',
    store: farthing.memoryStore(),
    fetch: facilitator.fetch,
    report: (told) => void reports.push(told),
    ...options,
  })
  return { paid, facilitator, reports, settlements: () => facilitator.deeds().filter((deed) => deed === 'settle').length }
}

/** Listens on a free port until the test is over. */
export async function listening(t, listener) {
  const server = createServer(listener)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${server.address().port}`
}

/** Our payer, for one seller; `sent` is what payments left. */
export async function buyer(origin) {
  const sent = []
  const fetch = (input, init) => {
    const header = new Headers(init?.headers).get('payment-signature')
    if (header) sent.push(header)
    return globalThis.fetch(input, init)
  }
  const policy = { perRequest: '0.10 USD', budgets: [{ limit: '5 USD', every: 'day' }], sellers: [origin] }
  const pay = await farthing.wrapFetch(fetch, { wallet: farthing.localWallet(env.payer.privateKey), policy })
  return Object.assign(pay, { sent })
}
