import { PaymentError } from './errors.js'
import type { Policy } from './policy.js'
import type { WalletLike } from './wallet/foreign.js'
import { type PayingFetch, wrapFetch } from './wrap-fetch.js'

/**
 * The shape that users of x402-fetch have: changing the import is enough. The safe policy is in force;
 * `maxValue`, as there, is the largest price of one request in atomic units of a six-decimal dollar token
 * (default 100 000, ten cents).
 */
export function wrapFetchWithPayment(
  fetch: typeof globalThis.fetch,
  account: WalletLike,
  maxValue: bigint = 100_000n,
): typeof globalThis.fetch {
  if (typeof maxValue !== 'bigint' || maxValue < 0n) throw new PaymentError('misuse/options', { facts: 'maxValue' })
  const policy: Policy = { perRequest: dollars(maxValue), budgets: [{ limit: '1 USD', every: 'day' }] }
  let ready: Promise<PayingFetch> | undefined
  const wrapped = () => {
    if (ready) return ready
    const attempt = wrapFetch(fetch, { wallet: account, policy })
    attempt.catch(() => (ready = undefined))
    return (ready = attempt)
  }
  return async (input, init) => (await wrapped())(input as RequestInfo | URL, init)
}

function dollars(micros: bigint): `${number} USD` {
  const digits = micros.toString().padStart(7, '0')
  return `${digits.slice(0, -6)}.${digits.slice(-6)} USD` as `${number} USD`
}
