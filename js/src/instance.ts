import { addCodes, type ErrorEntries, isErrorCode, PaymentError } from './errors.js'
import { artefact, type Glue, isTrap, type ModuleName, reset } from './load.js'

/** Counts instances: handles made in an earlier one are gone. */
let instance = 0

/** The present instance. */
export const currentInstance = (): number => instance

/** WebAssembly did not start; what the platform said is in the message, for a log that shows no cause. */
export const startUpFailed = (cause: unknown): PaymentError =>
  new PaymentError('misuse/start-up', { facts: cause instanceof Error ? cause.message : '', cause })

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

/** A module of its own: a page that does not import it loads none of it. */
export type Part<T> = {
  /** Starts it, once. Throws {@link PaymentError} `misuse/start-up`. */
  start(): Promise<T>
  /** Calls into it, as {@link calling}. */
  ask<R>(call: () => R): R
  /** The present instance: handles made in an earlier one are gone. */
  instance(): number
}

/** The module of this glue, and the codes that nothing else fails with. */
export function part<T extends Glue>(glue: T, name: ModuleName, codes: ErrorEntries = {}): Part<T> {
  const { load, reset: again } = artefact(glue, name)
  let made = 0
  const replace = () => {
    again()
    made += 1
  }
  return {
    start: () => {
      addCodes(codes)
      return load().catch((cause: unknown) => {
        throw startUpFailed(cause)
      })
    },
    ask: (call) => calling(call, replace),
    instance: () => made,
  }
}

/** Lets go of a handle. One of an instance that was replaced is gone already. */
export function freed(handle: { free(): void }): void {
  try {
    handle.free()
  } catch {}
}

/** Uses a handle and frees it, whatever happens. */
export async function using<H extends { free(): void }, T>(handle: H, use: (handle: H) => T | Promise<T>): Promise<T> {
  try {
    return await use(handle)
  } finally {
    freed(handle)
  }
}
