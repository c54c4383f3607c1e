// The two payers, each as its users set it up.
import { privateKey, policy, seller } from './offer.mjs'

/** farthing: a fetch that pays. `farthing` is the package's namespace. */
export function ours(farthing, onPayment) {
  return paying(farthing, { policy }, onPayment)
}

/** The same with more options: another policy, a store. */
export function paying({ wrapFetch, localWallet }, options, onPayment) {
  return wrapFetch(seller(onPayment), { wallet: localWallet(privateKey), ...options })
}

/** @x402/fetch with @x402/evm and a viem account: what the protocol's own documentation shows. */
export function theirs({ wrapFetchWithPayment, ...packages }, onPayment) {
  return wrapFetchWithPayment(seller(onPayment), client(packages))
}

/** The client inside: it turns a decoded challenge into a payload. */
export function client({ x402Client, ExactEvmScheme, privateKeyToAccount }) {
  return new x402Client().register('eip155:*', new ExactEvmScheme(privateKeyToAccount(privateKey)))
}
