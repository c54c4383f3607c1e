import { paying, signerOf } from '../hand/ethers.mjs'

export const make = (key) => paying(fetch, signerOf(key))
