// The generated types use `Symbol.dispose`, also in programs that compile for ES2022.
/// <reference lib="esnext.disposable" preserve="true" />
import { PaymentError } from '../errors.js'
import { ACCOUNT_ERRORS } from '../generated/account-errors.js'
import * as glue from '../generated/farthing_account.js'
import { part } from '../instance.js'

/** The functions that Rust exports for a 4Mica account. */
export type AccountGlue = typeof glue

/** Starts the account's module, and calls into it. */
export const { start: loadAccount, ask } = part<AccountGlue>(glue, 'account', ACCOUNT_ERRORS)

/** The same failure, saying what could not be done. */
export function named(doing: string, thrown: unknown): unknown {
  if (!(thrown instanceof PaymentError)) return thrown
  const { code, facts, cause } = thrown
  return new PaymentError(code, { doing, facts, cause })
}

/** Calls into it for something that has a name. */
export function asked<T>(doing: string, call: () => T): T {
  try {
    return ask(call)
  } catch (thrown) {
    throw named(doing, thrown)
  }
}
