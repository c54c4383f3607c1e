import { isErrorCode, PaymentError } from './errors.js'
import { isTrap, reset } from './load.js'

/** Counts instances: handles made in an earlier one are gone. */
let instance = 0

/** The present instance. */
export const currentInstance = (): number => instance

/** Calls into WebAssembly. A trap poisons the instance, so it is replaced; the store knows what was signed. */
export function guarded<T>(call: () => T): T {
  try {
    return call()
  } catch (cause) {
    if (isTrap(cause)) {
      reset()
      instance += 1
      throw new PaymentError('misuse/trapped', { cause })
    }
    if (cause instanceof PaymentError) throw cause
    const code = (cause as { code?: unknown } | null)?.code
    if (isErrorCode(code)) throw new PaymentError(code, { facts: (cause as Error).message })
    throw cause
  }
}
