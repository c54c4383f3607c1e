// A payer by hand, with ethers.
import { Wallet } from 'ethers'

export { header, paying } from './pay.mjs'

export function signerOf(key) {
  const wallet = new Wallet(key)
  return { address: wallet.address, sign: (...typed) => wallet.signTypedData(...typed) }
}
