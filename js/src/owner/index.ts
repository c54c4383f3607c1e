/** `farthing/owner`: what the owner of the money does beside payments. */
export type {
  CancelTransaction,
  Outcome,
  PriceSeen,
  Simulated,
  SimulatedAsset,
  SimulatedPurchase,
  SimulatedRule,
  SimulatedSum,
  SoundRecord,
  Spent,
  SpentAsset,
  SpentCurrency,
  SpentSum,
  Unproven,
  Unsound,
  UnsoundRecord,
  Verification,
} from '../generated/owner.js'
export { approve, decline } from './answer.js'
export type { RpcNode } from './node.js'
export { reconcile, type Reconciled, type ReconcileOptions } from './reconcile.js'
export { exportCsv, exportJsonLines, prices, type Records, spent, verifyRecord } from './records.js'
export { revoke, type RevokeOptions } from './revoke.js'
export { simulate } from './simulate.js'
export { resumePayments, stopPayments } from './stop.js'
