/**
 * `farthing/4mica`: what belongs to a 4Mica account besides paying.
 */
export type {
  AccountEvent,
  Alarm,
  AlarmKind,
  Collateral,
  CollateralOnChain,
  CycleState,
  ExposedAsset,
  ExposedCycle,
  Exposure,
  LoginUntil,
  Moved,
  Movement,
  PendingWithdrawal,
  Readiness,
  ReadinessCheck,
  SignedGuarantee,
} from '../generated/account.js'
export { type Account, type AccountOptions, type MoveOptions, openAccount, type Sum, type Via } from './open.js'
export type { Watched, WatchOptions } from './watch.js'
export { readiness, type ReadinessOptions } from './readiness.js'
