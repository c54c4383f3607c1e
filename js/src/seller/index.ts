/**
 * `farthing/seller`: a price on a handler.
 */
export type {
  Buyer,
  BuyerAgent,
  Payment,
  ReportedPayment,
  SaleCode,
  SaleEvidence,
  SaleHistory,
  SaleOrder,
  SaleRecord,
  SaleReport,
  SaleStanding,
} from '../generated/sale.js'
export { SALE_CODES } from '../generated/sale.js'
export { PaymentError } from '../errors.js'
export { memoryStore } from '../store/memory.js'
export type { Entry, Hold, Intent, Note, Query, Reservation, State, Store, View } from '../store/store.js'
export type { RpcNode } from '../owner/node.js'
export type { AssetId, Money, PinnedAsset, PinnedCore, ValidationRules } from '../policy.js'
export type { Admission, PaywallOptions, Scheme } from './options.js'
export type { FacilitatorOptions } from './sale/outside.js'
export { type Guarded, type PaidFor, type Paywall, paywall } from './paywall.js'
export type { Told } from './sale/run.js'
export type { Accepts, Offer, Release, Terms, TermsOf } from './terms.js'
export type { Handler, Paid } from './sale/work.js'
