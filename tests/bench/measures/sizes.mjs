// What a page downloads to pay.
import { readFileSync } from 'node:fs'
import { payerSizes, bundle, sizesOf } from '../../../js/build/size.mjs'
import { side } from '../places.mjs'

const x402 = `
${readFileSync(side('peer.mjs'), 'utf8')}
import { wrapFetchWithPayment, x402Client } from '@x402/fetch'
import { ExactEvmScheme } from '@x402/evm'
import { privateKeyToAccount } from 'viem/accounts'
export const make = (key) =>
  wrapFetchWithPayment(fetch, new x402Client().register('eip155:*', new ExactEvmScheme(privateKeyToAccount(key))))
`.replace(/^export \{.*$/gm, '')

/** Rows in bytes. */
export async function sizes() {
  const { all, script, wasm } = await payerSizes()
  return [
    { name: '@x402/fetch, @x402/evm, viem account', ...sizesOf(await bundle(x402)) },
    { name: 'farthing: script and wasm', ...all },
    { name: 'of which script', ...script },
    { name: 'of which wasm', ...wasm },
  ]
}
