// The generated types use `Symbol.dispose`, also in programs that compile for ES2022.
/// <reference lib="esnext.disposable" preserve="true" />
import { PaymentError } from '../errors.js'
import * as glue from '../generated/farthing_owner.js'
import { calling } from '../instance.js'
import { artefact } from '../load.js'
import type { PinnedAsset, Policy } from '../policy.js'
import type { Store } from '../store/store.js'

/** The functions that Rust exports for what the owner does beside payments. */
export type Owner = typeof glue

// A third module, apart from the payer's: a page that only pays loads none of it.
const owner = artefact<Owner>(glue, 'owner')

/** Starts the module, once. */
export function loadOwner(): Promise<Owner> {
  return owner.load().catch((cause: unknown) => {
    throw new PaymentError('misuse/start-up', { cause })
  })
}

/** Calls into it. Nothing of an instance is kept between calls. */
export const ask = <T>(call: () => T): T => calling(call, owner.reset)

/** The options that the core compiles. */
export function optionsOf(options: {
  policy?: Policy | undefined
  assets?: readonly PinnedAsset[] | undefined
  store?: Store['durability'] | undefined
}): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(options))
}
