/**
 * The seller's compiled half: options in, handles of the present instance out. Starts with the first request.
 */
// The generated types use `Symbol.dispose`, also in programs that compile for ES2022.
/// <reference lib="esnext.disposable" preserve="true" />
import * as glue from '../generated/farthing_seller.js'
import { part } from '../instance.js'

const { start, ask, instance } = part<typeof glue>(glue, 'seller')

/** The compiled options of one paywall, and what is compiled with them. */
export type Core = {
  /** The handle, made again when the instance it lived in trapped. */
  started(): Promise<glue.Paywall>
  /** Something compiled once for each instance. */
  kept<T>(make: (paywall: glue.Paywall) => T): () => Promise<T>
  /** Calls into it. */
  ask<T>(call: () => T): T
}

/** Nothing is read, fetched or compiled yet. */
export function coreOf(options: Uint8Array): Core {
  const keptIn = <T>(make: () => T) => {
    let made: { in: number; it: T } | undefined
    return async (): Promise<T> => {
      if (made?.in !== instance()) {
        await start()
        made = { in: instance(), it: ask(make) }
      }
      return made.it
    }
  }
  const started = keptIn(() => new glue.Paywall(options))
  return {
    started,
    kept: (make) => {
      let made: { in: glue.Paywall; it: ReturnType<typeof make> } | undefined
      return async () => {
        const paywall = await started()
        if (made?.in !== paywall) made = { in: paywall, it: ask(() => make(paywall)) }
        return made.it
      }
    },
    ask,
  }
}
