/**
 * Fetch's requests and answers, as the sandbox reads and writes them. Knows no payments.
 */

/** A request, taken apart. */
export type Arrived = { method: string; url: string; headers: string[]; body: Uint8Array }

/** An answer as the sandbox writes it, and what the network does to it. */
export type Written = { status: number; headers: [string, string][]; body: string; delayMs: number; lost: boolean }

/** Takes a request apart. */
export async function arrived(request: Request): Promise<Arrived> {
  const { method, url } = request
  const body = new Uint8Array(await request.arrayBuffer())
  return { method, url, headers: [...request.headers].flat(), body }
}

/** The answer, when it arrives: late, or as a network that failed. Rejects as fetch does when the request is aborted. */
export async function answerOf(written: Written, { signal, method }: Request): Promise<Response> {
  signal.throwIfAborted()
  if (written.delayMs > 0) await pause(written.delayMs, signal)
  if (written.lost) throw new TypeError('fetch failed: the sandbox lost the answer')
  const { status, headers } = written
  const isEmpty = written.body === '' || method === 'HEAD'
  return new Response(isEmpty ? null : written.body, { status, headers })
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    }, delayMs)
    signal.addEventListener('abort', abort, { once: true })
  })
}
