import type { AccountEvent, Exposure } from '../generated/account.js'
import type { PaymentError } from '../errors.js'
import { positive } from '../limits.js'

/** How an account is watched. */
export type WatchOptions = {
  /** Seconds between two looks. Default 300. */
  everySeconds?: number | undefined
  /** Ends it. */
  signal?: AbortSignal | undefined
}

/** Something to tell, or a look that failed: the next one may succeed. */
export type Watched = AccountEvent | { kind: 'trouble'; error: PaymentError }

/**
 * Tells each event once: an alarm, a net debit or credit that is due, a deadline that is near. Throws `misuse/options`
 * for a pause that would be none: core would be asked without end.
 */
export async function* watching(
  look: () => Promise<Exposure>,
  { everySeconds = 300, signal }: WatchOptions,
): AsyncGenerator<Watched, void, undefined> {
  const pauseMs = positive(everySeconds * 1000, 'everySeconds')
  let told = new Set<string>()
  while (!signal?.aborted) {
    try {
      const { events } = await look()
      for (const event of events) if (!told.has(event.id)) yield event
      // What is over may be told again when it comes back.
      told = new Set(events.map(({ id }) => id))
    } catch (error) {
      yield { kind: 'trouble', error: error as PaymentError }
    }
    await waited(pauseMs, signal)
  }
}

function waited(forMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const over = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', over)
      resolve()
    }
    const timer = setTimeout(over, forMs)
    signal?.addEventListener('abort', over)
  })
}
