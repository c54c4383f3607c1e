// A payer by hand, with @noble/curves.
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { addressOf, digestOf, fromHex, toHex } from './digest.mjs'

export { header, paying } from './pay.mjs'

export function signerOf(key) {
  const secret = fromHex(key)
  const sign = (domain, _types, message) => {
    const [recovery, ...rs] = secp256k1.sign(digestOf(domain, message), secret, { prehash: false, format: 'recovered' })
    return toHex([...rs, 27 + recovery])
  }
  return { address: addressOf(secp256k1.getPublicKey(secret, false)), sign }
}
