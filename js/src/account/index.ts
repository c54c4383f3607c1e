/**
 * `farthing/4mica`: what belongs to a 4Mica account besides paying.
 */
export type {
  AccountEvent,
  Alarm,
  AlarmKind,
  ChargeProof,
  Collateral,
  CollateralOnChain,
  CycleState,
  ExposedAsset,
  ExposedCycle,
  Exposure,
  FacilitatorKind,
  FacilitatorVerdict,
  Issuance,
  IssuedCertificate,
  LoginUntil,
  Moved,
  Movement,
  PendingWithdrawal,
  Readiness,
  ReadinessCheck,
  SignedGuarantee,
} from '../generated/account.js'
export { type Facilitator, facilitatorAt, type FacilitatorOptions, type Presentation } from './facilitator.js'
export type {
  Evidence,
  EvidenceCheck,
  EvidenceReport,
  EvidenceTopic,
  GuaranteeFacts,
  ProvenPurchase,
} from '../generated/evidence.js'
export { verifyCertificate, type VerifyCertificateOptions } from './certificate.js'
export { evidence, verifyEvidence, type VerifyEvidenceOptions } from './evidence.js'
export { type Account, type AccountOptions, type MoveOptions, openAccount, type Sum, type Via } from './open.js'
export type { Watched, WatchOptions } from './watch.js'
export { readiness, type ReadinessOptions } from './readiness.js'
