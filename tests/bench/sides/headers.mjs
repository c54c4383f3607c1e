// From a challenge to the payment header: what is left of each payer without network and store.
import { machine } from './machine.mjs'
import { challenge, challengeHeader, challengeV1, privateKey } from './offer.mjs'
import { client } from './payers.mjs'

/** By the names of contestants.mjs, from their namespaces; farthing's is the glue of its wasm. */
export function headerMakers({ '@x402/fetch': official, 'x402-fetch': first, farthing, ...byHand }) {
  const x402 = client(official)
  const http = new official.x402HTTPClient(x402)
  const account = first.privateKeyToAccount(privateKey)
  const { toHeader } = machine(farthing)
  return [
    {
      name: '@x402/fetch',
      make: async () =>
        http.encodePaymentSignatureHeader(await x402.createPaymentPayload(challenge))['PAYMENT-SIGNATURE'],
    },
    { name: 'x402-fetch', make: () => first.createPaymentHeader(account, 1, challengeV1.accepts[0]) },
    ...Object.entries(byHand).map(([name, { header, signerOf }]) => {
      const signer = signerOf(privateKey)
      return { name, make: () => header(challengeHeader, signer) }
    }),
    { name: 'farthing', make: () => toHeader() },
  ]
}
