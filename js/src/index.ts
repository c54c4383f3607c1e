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
