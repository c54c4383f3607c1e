// The payers, each as its users set it up.
import { privateKey, policy, seller } from './offer.mjs'

/** farthing: a fetch that pays. `farthing` is the package's namespace. */
export function ours(farthing, onPayment) {
  return paying(farthing, { policy }, onPayment)
}

/** The same with more options: another policy, a store; or over another network. */
export function paying({ wrapFetch, localWallet }, options, onPayment, network = seller(onPayment)) {
  return wrapFetch(network, { wallet: localWallet(privateKey), ...options })
}

/** @x402/fetch with @x402/evm and a viem account: what the protocol's own documentation shows. */
export function theirs({ wrapFetchWithPayment, ...packages }, onPayment, network = seller(onPayment)) {
  return wrapFetchWithPayment(network, client(packages))
}

/** The client inside: it turns a decoded challenge into a payload. */
export function client({ x402Client, ExactEvmScheme, privateKeyToAccount }) {
  return new x402Client().register('eip155:*', new ExactEvmScheme(privateKeyToAccount(privateKey)))
}

/** x402-fetch with a viem account, over a seller of protocol version 1, the only one it knows. */
export function first({ wrapFetchWithPayment, privateKeyToAccount }, onPayment) {
  return wrapFetchWithPayment(seller(onPayment, 1), privateKeyToAccount(privateKey))
}

/** Any of those written by hand (sides/hand). */
export function hand({ paying, signerOf }, onPayment) {
  return paying(seller(onPayment), signerOf(privateKey))
}
