import { paying, signerOf } from '../hand/noble-secp256k1.mjs'

export const make = (key) => paying(fetch, signerOf(key))
