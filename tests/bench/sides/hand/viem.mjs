// A payer by hand, with viem.
import { privateKeyToAccount } from 'viem/accounts'

export { header, paying } from './pay.mjs'

export function signerOf(key) {
  const account = privateKeyToAccount(key)
  const sign = (domain, types, message) =>
    account.signTypedData({ domain, types, primaryType: 'TransferWithAuthorization', message })
  return { address: account.address, sign }
}
