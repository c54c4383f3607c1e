// A payer with an account in a sandbox: what the 4Mica groups of the suite share.
import { recorder } from '../tools.mjs'

/** What the payer has deposited, in atomic units. */
export const COLLATERAL = 1_000_000n
/** Prices of the two sellers. The second one speaks x402 version 1. */
export const PRICES = [10_000n, 20_000n]
/** No list of sellers: in a sandbox they are ordinary https hosts. */
export const policy = { perRequest: '0.10 USD', budgets: [{ limit: '1 USD', every: 'day' }], schemes: ['4mica-credit'] }

/** Runs `act` in a sandbox of one generation, and stops it. `wallet` replaces the payer's local key. */
export async function inSandbox({ farthing, env, parts }, { generation = 'cycle', wallet, ...more } = {}, act) {
  const [{ createSandbox }, { openAccount }] = await Promise.all([parts.sandbox(), parts.account()])
  const [one, other] = PRICES
  const sandbox = await createSandbox({ generation, sellers: [{ price: one }, { price: other, x402Version: 1 }] })
  try {
    const { cores, assets } = sandbox
    const wire = recorder(sandbox.fetch)
    const signer = wallet ?? farthing.localWallet(env.payer.privateKey)
    const place = { network: cores[0].network, cores, assets, fetch: wire }
    const account = await openAccount({ wallet: signer, ...place, ...more })
    sandbox.deposit(env.payer.address, COLLATERAL)
    const pay = await farthing.wrapFetch(wire, { wallet: signer, policy, cores, assets, account })
    const urls = sandbox.sellers.map(({ url }) => `${url}/report`)
    const locked = () => BigInt(rowOf(sandbox, env.payer.address).locked)
    return await act({ sandbox, wire, place, wallet: signer, account, pay, urls, locked })
  } finally {
    sandbox.stop()
  }
}

/** What one account has, in the only token. */
export const rowOf = (sandbox, address) => sandbox.balances().accounts.find(({ account }) => account === address)
