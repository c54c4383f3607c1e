/** farthing: pay HTTP 402 services inside the HTTP exchange, under the owner's policy. */
export { wrapFetchWithPayment } from './drop-in.js'
export { type ErrorCode, type Money, PaymentError } from './errors.js'
export type {
  Considered,
  PaymentRecord,
  RecordAttempt,
  RecordDecision,
  RecordEvidence,
  RecordRequest,
  RecordStep,
  RecordTerms,
} from './generated/wire.js'
export type { Quote } from './pay.js'
export type { AssetId, PinnedAsset, PinnedCore, Policy } from './policy.js'
export type { PayInit } from './request.js'
export { memoryStore } from './store/memory.js'
export type { Entry, Hold, Reservation, State, Store } from './store/store.js'
export type { SigningAccount, SigningClient, SigningSigner, WalletLike } from './wallet/foreign.js'
export { type AnnouncedWallet, discoverWallets, type Eip1193Provider, injectedWallet } from './wallet/injected.js'
export { localWallet } from './wallet/local.js'
export {
  type ExternalWallet,
  type LocalWallet,
  type SignRequest,
  type TypedData,
  type Wallet,
  WalletRefusal,
} from './wallet/wallet.js'
export { type PayingFetch, wrapFetch, type WrapFetchOptions } from './wrap-fetch.js'
