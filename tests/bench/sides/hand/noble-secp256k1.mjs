// A payer by hand, with @noble/secp256k1, the smallest of them.
import { getPublicKey, signAsync } from '@noble/secp256k1'
import { addressOf, digestOf, fromHex, toHex } from './digest.mjs'

export { header, paying } from './pay.mjs'

export function signerOf(key) {
  const secret = fromHex(key)
  const sign = async (domain, _types, message) => {
    const signed = await signAsync(digestOf(domain, message), secret, { prehash: false, format: 'recovered' })
    const [recovery, ...rs] = signed
    return toHex([...rs, 27 + recovery])
  }
  return { address: addressOf(getPublicKey(secret, false)), sign }
}
