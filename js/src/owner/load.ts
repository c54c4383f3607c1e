// The generated types use `Symbol.dispose`, also in programs that compile for ES2022.
/// <reference lib="esnext.disposable" preserve="true" />
import { isErrorCode, PaymentError } from '../errors.js'
import * as glue from '../generated/farthing_owner.js'
import { artefact, isTrap } from '../load.js'
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

/** Calls into WebAssembly. A trap poisons the instance, so it is replaced; nothing of it is kept between calls. */
export function ask<T>(call: () => T): T {
  try {
    return call()
  } catch (cause) {
    if (isTrap(cause)) {
      owner.reset()
      throw new PaymentError('misuse/trapped', { cause })
    }
    const code = (cause as { code?: unknown } | null)?.code
    if (isErrorCode(code)) throw new PaymentError(code, { facts: (cause as Error).message })
    throw cause
  }
}

/** Uses a handle and frees it, whatever happens. */
export async function using<H extends { free(): void }, T>(handle: H, use: (handle: H) => T | Promise<T>): Promise<T> {
  try {
    return await use(handle)
  } finally {
    // A handle of an instance that was replaced is gone already.
    try {
      handle.free()
    } catch {}
  }
}

/** The options that the core compiles. */
export function optionsOf(options: {
  policy?: Policy | undefined
  assets?: readonly PinnedAsset[] | undefined
  store?: Store['durability'] | undefined
}): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(options))
}
