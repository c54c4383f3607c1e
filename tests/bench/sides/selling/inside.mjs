// The official parts of a sale on their own: the answer without a web framework, and the check without a chain.
import { x402HTTPResourceServer } from '@x402/core/server'
import { toFacilitatorEvmSigner } from '@x402/evm'
import { ExactEvmScheme } from '@x402/evm/exact/facilitator'
import { path, price } from './offer.mjs'
import { resourceServer, routes } from './theirs.mjs'

export { recoverTypedDataAddress } from 'viem'

/** From a request to the answer that asks for payment, as the middleware of every framework has it made. */
export async function answering(facilitator) {
  const server = new x402HTTPResourceServer(resourceServer(facilitator), routes)
  await server.initialize()
  return (url, payment) => server.processHTTPRequest(contextOf(url, payment))
}

function contextOf(url, payment) {
  const headers = payment === undefined ? {} : { 'payment-signature': payment }
  const adapter = {
    getHeader: (name) => headers[name.toLowerCase()],
    getMethod: () => 'GET',
    getPath: () => path,
    getUrl: () => url,
    getAcceptHeader: () => '*/*',
    getUserAgent: () => '',
    getQueryParams: () => ({}),
    getQueryParam: () => undefined,
    getBody: () => undefined,
  }
  return { adapter, path, method: 'GET', paymentHeader: payment }
}

/** The facilitator's check of a payment, over a chain that answers at once that the payer is no contract. */
export function checking() {
  const never = () => Promise.reject(new Error('cannot ask the chain: there is none'))
  const signer = toFacilitatorEvmSigner({
    address: '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266',
    getCode: async ({ address }) => (address.toLowerCase() === price.asset.toLowerCase() ? '0x60' : undefined),
    readContract: async () => undefined,
    verifyTypedData: never,
    writeContract: never,
    sendTransaction: never,
    waitForTransactionReceipt: never,
  })
  const scheme = new ExactEvmScheme(signer)
  return (payload, requirements) => scheme.verify(payload, requirements)
}
