// A page whose policy forbids WebAssembly: the start fails with words that say which directive is missing.
import * as farthing from 'farthing'
import { post, resultOf } from './report.js'

await post(async () => [
  await resultOf('a policy without wasm-unsafe-eval is a start-up error that names it', async () => {
    const wallet = farthing.localWallet(`0x${'11'.repeat(32)}`)
    const error = await farthing.wrapFetch(fetch, { wallet }).catch((thrown) => thrown)
    if (!(error instanceof farthing.PaymentError)) throw new Error(`no PaymentError: ${error}`)
    if (error.code !== 'misuse/start-up' || error.money !== 'untouched') throw new Error(`another error: ${error}`)
    if (!error.message.includes('wasm-unsafe-eval')) throw new Error(`the message does not say so: ${error.message}`)
  }),
])
