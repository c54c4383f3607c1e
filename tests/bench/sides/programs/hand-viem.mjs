import { paying, signerOf } from '../hand/viem.mjs'

export const make = (key) => paying(fetch, signerOf(key))
