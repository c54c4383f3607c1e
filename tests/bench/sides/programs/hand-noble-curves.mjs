import { paying, signerOf } from '../hand/noble-curves.mjs'

export const make = (key) => paying(fetch, signerOf(key))
