// A payer as one writes it by hand around a signer: no policy, no budget, no record. The signer is all that differs.

/** EIP-3009. */
export const types = {
  TransferWithAuthorization: [
    { name: 'from', type: 'address' },
    { name: 'to', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'validAfter', type: 'uint256' },
    { name: 'validBefore', type: 'uint256' },
    { name: 'nonce', type: 'bytes32' },
  ],
}
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** From the challenge as received to the header. `signer` is `{ address, sign(domain, types, message) }`. */
export async function header(challengeHeader, { address, sign }) {
  const { resource, accepts } = JSON.parse(atob(challengeHeader))
  const [accepted] = accepts
  const { network, asset, payTo, amount, maxTimeoutSeconds, extra } = accepted
  const authorization = {
    from: address,
    to: payTo,
    value: amount,
    validAfter: '0',
    validBefore: String(Math.floor(Date.now() / 1000) + maxTimeoutSeconds),
    nonce: `0x${hex(crypto.getRandomValues(new Uint8Array(32)))}`,
  }
  const domain = { ...extra, chainId: Number(network.split(':')[1]), verifyingContract: asset }
  const signature = await sign(domain, types, authorization)
  return btoa(JSON.stringify({ x402Version: 2, resource, accepted, payload: { authorization, signature } }))
}

/** A fetch that pays with it. */
export const paying = (fetch, signer) => async (url, init) => {
  const answer = await fetch(url, init)
  const challenge = answer.headers.get('payment-required')
  if (answer.status !== 402 || !challenge) return answer
  return fetch(url, { ...init, headers: { 'payment-signature': await header(challenge, signer) } })
}
