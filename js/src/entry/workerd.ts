import * as farthing from '../index.js'
import { after } from '../load.js'
import { namePayer } from '../source/workerd/payer.js'

export * from '../index.js'

export const localWallet = /* @__PURE__ */ after(namePayer, farthing.localWallet)
export const wrapFetch = /* @__PURE__ */ after(namePayer, farthing.wrapFetch)
export const wrapFetchWithPayment = /* @__PURE__ */ after(namePayer, farthing.wrapFetchWithPayment)
