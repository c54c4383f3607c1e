import { ExactEvmScheme } from '@x402/evm'
import { wrapFetchWithPayment, x402Client } from '@x402/fetch'

// By hand, without viem's wallet client: the least that the official packages can be used with.
const text = (_, value) => (typeof value === 'bigint' ? String(value) : value)
const signerOf = (address) => ({
  address,
  signTypedData: (typed) =>
    globalThis.ethereum.request({ method: 'eth_signTypedData_v4', params: [address, JSON.stringify(typed, text)] }),
})

export const make = (address) =>
  wrapFetchWithPayment(fetch, new x402Client().register('eip155:*', new ExactEvmScheme(signerOf(address))))
