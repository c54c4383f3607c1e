import { PaymentError } from '../errors.js'
import { Overdue, within } from '../limits.js'
import type { Paid } from './context.js'
import type { Replayable } from './request.js'

/** A run of one purchase id, and whether anybody else waits for it. */
type Underway = {
  request: Replayable
  task: string | undefined
  isShared: boolean
  /** When nobody waits for it any more. */
  untilMs: number
  copies: Promise<() => Paid>
}

/** Callers of one purchase id at once share one run; each gets a response of its own. */
export function sharing(patienceMs: number) {
  const underway = new Map<string, Underway>()

  async function share(id: string, task: string | undefined, request: Replayable, start: () => Promise<Paid>) {
    const other = underway.get(id)
    if (other && other.untilMs > Date.now()) {
      if (other.task !== task || !isSame(other.request, request)) throw new PaymentError('purchase/id-conflict')
      other.isShared = true
      return (await joined(other, request.signal))()
    }
    const run = { request, task, untilMs: Date.now() + patienceMs, isShared: false }
    const forget = () => underway.get(id)?.request === request && underway.delete(id)
    const copies = start()
      .finally(forget)
      .then((paid) => (run.isShared ? copiesOf(paid) : () => paid))
    underway.set(id, Object.assign(run, { copies }))
    return (await copies)()
  }

  /**
   * Waits for somebody else's run, as long as a person may take. In Workers the request that started it can be
   * cancelled, and then nobody ever answers: the store knows what was signed, and the next call asks it.
   */
  async function joined({ copies }: Underway, signal: AbortSignal | null): Promise<() => Paid> {
    try {
      return await within(copies, patienceMs, signal)
    } catch (cause) {
      if (signal?.aborted) throw new PaymentError('request/aborted', { cause })
      if (cause instanceof Overdue) throw new PaymentError('purchase/in-progress', { cause })
      throw cause
    }
  }

  return share
}

/**
 * The answer read whole, as often as it is wanted. Clones would not do: a Worker may read a stream only in the
 * request that opened it. An answer that breaks off breaks off for everybody, with its record.
 */
async function copiesOf({ response, record }: Paid): Promise<() => Paid> {
  const { status, statusText, headers } = response
  const bytes = await response.arrayBuffer().catch((cause: unknown) => ({ cause }))
  const body = () => {
    if ('cause' in bytes) return new ReadableStream({ start: (controller) => controller.error(bytes.cause) })
    // Some statuses forbid even an empty body.
    return bytes.byteLength > 0 ? bytes : null
  }
  return () => ({ response: new Response(body(), { status, statusText, headers }), record })
}

function isSame(left: Replayable, right: Replayable): boolean {
  const sameBody = left.body.length === right.body.length && left.body.every((byte, at) => byte === right.body[at])
  return left.method === right.method && left.url === right.url && sameBody
}
