import { ERRORS, type ErrorCode } from './generated/errors.js'
import type {
  BudgetUse,
  Considered,
  Failure,
  PaymentRecord,
  Money as WireMoney,
  Next as WireNext,
} from './generated/wire.js'

export type { ErrorCode } from './generated/errors.js'

/** What may have happened to money: nothing signed, signed but never sent, nobody knows, settled. */
export type Money = WireMoney

/**
 * What a program can do next: `retry` the same call, `retry-same-id`, use a `new-id`, `wait`, `ask-owner`,
 * `tell-seller`, buy `elsewhere`, `fix-call`, or `stop`.
 */
export type Next = WireNext

type Entry = { readonly meaning: string; readonly money: Money; readonly fix: string; readonly next: Next }
/** What {@link PaymentError} says of a code. */
export type ErrorEntries = { [code in ErrorCode]?: Entry }

const entries: ErrorEntries = { ...ERRORS }

/** Adds the codes of a part that is loaded on its own. */
export function addCodes(more: ErrorEntries): void {
  Object.assign(entries, more)
}

/** What {@link PaymentError} carries besides its code. */
export type PaymentErrorOptions = {
  /** What cannot be done, for people. Default `pay`. */
  doing?: string | undefined
  /** Numbers and names behind the failure. */
  facts?: string | undefined
  /** What was wrong with each way to pay, by position in `accepts`. */
  considered?: readonly Considered[] | undefined
  /** The budget that has no room. */
  budget?: BudgetUse | undefined
  /** The purchase as recorded; of an `approval/…` error the ticket to approve. */
  record?: PaymentRecord | undefined
  /** The seller's answer, where there is one to look at. */
  response?: Response | undefined
  cause?: unknown
}

/** A payment that did not happen, or whose outcome is unknown. Switch on `code`; never parse `message`. */
export class PaymentError extends Error {
  override readonly name = 'PaymentError'
  /** Stable code, `stage/reason`; the table is in `docs/errors.md`. */
  readonly code: ErrorCode
  /** What happened, in words for people. */
  readonly meaning: string
  /** What may have happened to money. */
  readonly money: Money
  /** What to do next, for people. */
  readonly fix: string
  /** What to do next, for programs. */
  readonly next: Next
  readonly facts: string
  readonly considered: readonly Considered[]
  readonly budget: BudgetUse | undefined
  readonly record: PaymentRecord | undefined
  /** Not enumerable: printing an error must not print a response. */
  declare readonly response: Response | undefined

  constructor(code: ErrorCode, options: PaymentErrorOptions = {}) {
    const { meaning, money, fix, next } = entries[code] ?? ERRORS['misuse/out-of-order']
    const facts = options.facts ?? ''
    super(`cannot ${options.doing ?? 'pay'}: ${meaning}${facts && ` (${facts})`}. ${fix} [${code}]`, {
      cause: options.cause,
    })
    this.code = code
    this.meaning = meaning
    this.money = money
    this.fix = fix
    this.next = next
    this.facts = facts
    this.considered = options.considered ?? []
    this.budget = options.budget
    this.record = options.record
    Object.defineProperty(this, 'response', { value: options.response, enumerable: false })
  }
}

/** Whether a text is one of our codes. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === 'string' && Object.hasOwn(entries, text)
}

/** The error of a failed command. */
export function errorOf(failure: Failure, options: PaymentErrorOptions): PaymentError {
  const code = isErrorCode(failure.code) ? failure.code : 'misuse/out-of-order'
  const { facts, considered, budget } = failure
  return new PaymentError(code, { ...options, facts, considered, budget })
}
