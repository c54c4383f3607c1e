/** farthing: pay HTTP 402 services inside the HTTP exchange, under the owner's policy. */
export { wrapFetchWithPayment } from './drop-in.js'
export { type ErrorCode, type Money, type Next, PaymentError } from './errors.js'
export type {
  BudgetUse,
  Considered,
  PaymentRecord,
  RecordAttempt,
  RecordDecision,
  RecordEvidence,
  RecordRequest,
  RecordStep,
  RecordTerms,
} from './generated/wire.js'
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
} from './generated/owner.js'
export { approve, decline } from './owner/answer.js'
export type { RpcNode } from './owner/node.js'
export { reconcile, type Reconciled, type ReconcileOptions } from './owner/reconcile.js'
export { exportCsv, exportJsonLines, prices, type Records, spent, verifyRecord } from './owner/records.js'
export { revoke, type RevokeOptions } from './owner/revoke.js'
export { simulate } from './owner/simulate.js'
export { resumePayments, stopPayments } from './owner/stop.js'
export type {
  AssetId,
  Budget,
  BudgetScope,
  BudgetSum,
  BudgetWindow,
  Choice,
  PinnedAsset,
  PinnedCore,
  Policy,
  PriceRise,
  Scope,
  SellerPattern,
  ValidationRules,
} from './policy.js'
export type { Approve, Decision, GuaranteeAccount, Quote, Ticket } from './purchase/context.js'
export type { PayInit } from './purchase/request.js'
export { memoryStore } from './store/memory.js'
export type { Entry, Hold, Intent, Note, Query, Reservation, State, Store, View } from './store/store.js'
export type { SigningAccount, SigningClient, SigningSigner, WalletLike } from './wallet/foreign.js'
export { type AnnouncedWallet, discoverWallets, type Eip1193Provider, injectedWallet } from './wallet/injected.js'
export { localWallet } from './wallet/local.js'
export {
  type ExternalWallet,
  type LocalWallet,
  type SignInRequest,
  type SignRequest,
  type TransactionRequest,
  type TypedData,
  type Wallet,
  WalletRefusal,
} from './wallet/wallet.js'
export { type PayingFetch, wrapFetch, type WrapFetchOptions } from './wrap-fetch.js'
