// The generated types use `Symbol.dispose`, also in programs that compile for ES2022.
/// <reference lib="esnext.disposable" preserve="true" />
import * as glue from '../generated/farthing_owner.js'
import { part } from '../instance.js'
import type { PinnedAsset, Policy } from '../policy.js'
import type { Store } from '../store/store.js'

/** The functions that Rust exports for what the owner does beside payments. */
export type Owner = typeof glue

/** Starts the owner's module, and calls into it. Nothing of an instance is kept between calls. */
export const { start: loadOwner, ask } = part<Owner>(glue, 'owner')

/** The options that the core compiles. */
export function optionsOf(options: {
  policy?: Policy | undefined
  assets?: readonly PinnedAsset[] | undefined
  store?: Store['durability'] | undefined
}): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(options))
}
