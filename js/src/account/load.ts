// The generated types use `Symbol.dispose`, also in programs that compile for ES2022.
/// <reference lib="esnext.disposable" preserve="true" />
import { PaymentError } from '../errors.js'
import * as glue from '../generated/farthing_account.js'
import { calling } from '../instance.js'
import { artefact } from '../load.js'

/** The functions that Rust exports for a 4Mica account. */
export type AccountGlue = typeof glue

// A module of its own: a page that only pays loads none of it.
const account = artefact<AccountGlue>(glue, 'account')

/** Starts the module, once. */
export function loadAccount(): Promise<AccountGlue> {
  return account.load().catch((cause: unknown) => {
    throw new PaymentError('misuse/start-up', { cause })
  })
}

/** Calls into it. */
export const ask = <T>(call: () => T): T => calling(call, account.reset)
