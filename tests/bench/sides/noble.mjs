// Other people's elliptic curves, and what a stand-in for 4Mica encodes and signs with.
export { bls12_381 } from '@noble/curves/bls12-381.js'
export { encodeAbiParameters, keccak256, parseAbiParameters, recoverTypedDataAddress, stringToHex } from 'viem'
export { privateKeyToAccount } from 'viem/accounts'
