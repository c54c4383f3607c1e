// The generated types use `Symbol.dispose`, also in programs that compile for ES2022.
/// <reference lib="esnext.disposable" preserve="true" />
import * as glue from '../generated/farthing_account.js'
import { part } from '../instance.js'

/** The functions that Rust exports for a 4Mica account. */
export type AccountGlue = typeof glue

/** Starts the account's module, and calls into it. */
export const { start: loadAccount, ask } = part<AccountGlue>(glue, 'account')
