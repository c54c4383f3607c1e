import type { Payer as PayerHandle } from '../generated/farthing.js'
import type { BudgetUse, PaymentRecord } from '../generated/wire.js'
import type { ErrorCode } from '../generated/errors.js'
import type { Next } from '../errors.js'
import type { Store } from '../store/store.js'
import type { Wallet } from '../wallet/wallet.js'
import type { Documents } from './documents.js'

/** What a payer needs of a 4Mica account: the cycle that a payment is charged in. `farthing/4mica` has the whole of it. */
export type GuaranteeAccount = {
  readonly address: string
  readonly network: string
  /** The core's answer as it came, and what to call once the payment has its answer. */
  activeCycle(asset: string): Promise<{ body: string; over: () => void }>
}

/** What all purchases of one wrapped fetch share. */
export type Context = {
  fetch: typeof globalThis.fetch
  /** The compiled options; made again when the instance they lived in trapped. */
  payer: () => PayerHandle
  wallet: Wallet
  store: Store
  /** What the cores said of themselves. */
  documents: Documents
  mode: 'pay' | 'observe'
  /** Labels of purchases that name none of their own. */
  labels: { agent?: string | undefined; session?: string | undefined }
  approve: Approve | undefined
  account: GuaranteeAccount | undefined
  /** True once the kill switch fell. */
  stopped: boolean
  maxBodyBytes: number
  timeoutMs: number
  walletTimeoutMs: number
}

/**
 * A question to the owner: the purchase in state `asked`, with its terms and the time they are good for. Plain data:
 * it can be stored, sent, and approved in another process (`approve`). It is worth nothing by itself.
 */
export type Ticket = PaymentRecord

/** Answers a question at once: `true` or a name for yes, `false` for no, nothing to leave it open. */
export type Approve = (ticket: Ticket) => Answer | Promise<Answer>
type Answer = boolean | string | undefined | void

/** The answer, and what was paid for it. `record` is absent when there was nothing to pay. */
export type Paid = { response: Response; record: PaymentRecord | undefined }

/** What the policy says to terms. */
export type Decision = {
  outcome: 'allow' | 'ask' | 'deny'
  /** The rule that asks or denies. */
  code?: ErrorCode
  /** The rule that decided, for people. */
  rule: string
  /** Every budget the purchase would count against. Empty for a denial. */
  budgets: BudgetUse[]
  /** For people. */
  explanation: string
  /** For programs. */
  next: 'pay' | Next
}

/** What a quote found: nothing to pay, or terms that the policy allows, perhaps after a yes. */
export type Quote =
  | { payable: false; response: Response }
  | {
      payable: true
      record: PaymentRecord
      decision: Decision
    }

/** A record as the store keeps it. Our own text: written by the core, read back by it before any use. */
export function parseRecord(json: string): PaymentRecord {
  return JSON.parse(json) as PaymentRecord
}

/** Unix seconds. */
export function now(): number {
  return Math.floor(Date.now() / 1000)
}
