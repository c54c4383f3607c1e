// What a page downloads to pay, and what a server bundles to sell.
import { readFileSync } from 'node:fs'
import { bundle, sizesOf } from '../../../js/build/size.mjs'
import { beside, besideSellers, farthing } from '../places.mjs'

const byHand = ['ethers', 'viem', 'noble-curves', 'noble-secp256k1']

/** By what the program does: by name, the program as a file. */
const programs = {
  'local key': () => ({
    '@x402/fetch, @x402/evm, viem account': beside('x402', 'programs/x402.mjs'),
    'x402-fetch, viem account': beside('x402-v1', 'programs/x402-v1.mjs'),
    ...Object.fromEntries(
      byHand.map((name) => [
        `${name.replace('noble-', '@noble/')} by hand`,
        beside('hand', `programs/hand-${name}.mjs`),
      ]),
    ),
    farthing: beside('farthing', 'programs/local.mjs'),
  }),
  'wallet of the page': () => ({
    '@x402/fetch, @x402/evm': beside('x402', 'programs/x402-wallet.mjs'),
    farthing: beside('farthing', 'programs/wallet.mjs'),
  }),
  'local key and 4Mica account': () => ({ farthing: beside('farthing', 'programs/account.mjs') }),
  'seller in hono': () => ({
    '@x402/hono, @x402/evm': besideSellers('theirs.mjs'),
    farthing: besideSellers('ours.mjs'),
  }),
}

/** Rows in bytes by what the program does, and the payer's wasm alone. What is loaded only when needed is left out. */
export async function sizes() {
  const paths = {}
  for (const [what, files] of Object.entries(programs)) {
    paths[what] = []
    for (const [name, file] of Object.entries(files())) {
      const platform = what.startsWith('seller') ? 'node' : 'browser'
      const text = await bundle(undefined, { stdin: undefined, entryPoints: [file], platform })
      paths[what].push({ name, isByHand: name.endsWith('by hand'), ...sizesOf(text) })
    }
  }
  return { paths, wasm: sizesOf(readFileSync(`${farthing}/farthing_bg.wasm`)) }
}
