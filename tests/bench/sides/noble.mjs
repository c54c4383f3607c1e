// Other people's elliptic curves.
export { bls12_381 } from '@noble/curves/bls12-381.js'
export { recoverTypedDataAddress } from 'viem'
export { privateKeyToAccount } from 'viem/accounts'
