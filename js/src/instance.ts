import { isErrorCode, PaymentError } from './errors.js'
import { isTrap, reset } from './load.js'

/** Counts instances: handles made in an earlier one are gone. */
let instance = 0

/** The present instance. */
export const currentInstance = (): number => instance

/** Calls into the payer. A trap poisons the instance, so it is replaced; the store knows what was signed. */
export function guarded<T>(call: () => T): T {
  return calling(call, () => {
    reset()
    instance += 1
  })
}

/** Calls into WebAssembly, and makes typed errors of what it throws. `replace` puts another instance in place of a trapped one. */
export function calling<T>(call: () => T, replace: () => void): T {
  try {
    return call()
  } catch (cause) {
    if (isTrap(cause)) {
      replace()
      throw new PaymentError('misuse/trapped', { cause })
    }
    if (cause instanceof PaymentError) throw cause
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
