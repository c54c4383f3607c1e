/**
 * The seller's own work: a handler in, its response and what is kept of it out. Bounded in time and in what is kept.
 *
 * Knows no payment beyond what it hands to the handler.
 */
import type { Buyer, Payment } from '../../generated/sale.js'
import { Overdue, within } from '../../limits.js'
import { ours } from '../answer.js'

/**
 * Does the work. `payment` says who paid what; the rest is whatever the platform passes: `env` and `ctx` in a Worker,
 * the route's context in Next.
 */
export type Handler<P, R extends unknown[]> = (request: Request, payment: P, ...rest: R) => Response | Promise<Response>

/** What a handler knows of the payment, and of who sent it: who signed in, and what the request says of its agent. */
export type Paid = Payment &
  Pick<Buyer, 'signIn' | 'agent'> & {
    /** Fires when the handler's time is over: nobody waits for its answer any more. */
    readonly signal: AbortSignal
  }

/** What came of the work. */
export type Worked = {
  /** HTTP status; 0 when the handler threw, 504 when it was too slow. */
  status: number
  /** What goes out; absent when there is none of the handler's. */
  response: Response | undefined
  /** The result as it is kept; absent when it is too large, a stream, or no success. */
  result: string | undefined
  cause?: unknown
}

/** Limits of one piece of work. */
export type Bounds = { handlerTimeoutMs: number; maxResultBytes: number }

/** Runs the handler, and reads its result as far as it may be kept. Never rejects. */
export async function worked(
  run: (signal: AbortSignal) => Response | Promise<Response>,
  { handlerTimeoutMs, maxResultBytes }: Bounds,
): Promise<Worked> {
  const over = new AbortController()
  const deadline = Date.now() + handlerTimeoutMs
  try {
    const response = await within((async () => run(over.signal))(), handlerTimeoutMs)
    if (!isResponse(response)) throw new TypeError('the handler returned no Response')
    if (response.bodyUsed) throw new TypeError('the handler returned a Response that was read already')
    const { status } = response
    if (status < 200 || status > 299) return { status, response: ours(response), result: undefined }
    return await kept(response, maxResultBytes, Math.max(1, deadline - Date.now()))
  } catch (cause) {
    const late = cause instanceof Overdue
    if (late) over.abort(cause)
    return { status: late ? 504 : 0, response: undefined, result: undefined, cause }
  }
}

// Not `instanceof`: frameworks and other realms have a Response of their own.
export function isResponse(given: unknown): given is Response {
  const { status, headers } = (given ?? {}) as Partial<Response>
  // Status 0 is `Response.error()`, which no server can send.
  return typeof status === 'number' && status > 0 && typeof headers?.get === 'function'
}

async function kept(response: Response, maxBytes: number, patienceMs: number): Promise<Worked> {
  const { status } = response
  const isStream = /^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '')
  if (isStream) return { status, response: ours(response), result: undefined }
  const headers = decoded(response)
  if (!response.body) return { status, response: ours(response), result: resultOf(status, headers, new Uint8Array()) }
  const reader = response.body.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  const end = Date.now() + patienceMs
  let pending: ReturnType<typeof reader.read> | undefined
  for (;;) {
    pending = reader.read()
    const read = await within(pending, Math.max(1, end - Date.now())).catch((cause: unknown) => {
      // A stream that is still going when time is over goes out as it comes; one that breaks is a failure.
      if (cause instanceof Overdue) return undefined
      throw cause
    })
    if (read?.done) break
    if (read) {
      pending = undefined
      chunks.push(read.value)
      length += read.value.byteLength
    }
    if (!read || length > maxBytes) {
      const body = joined(chunks, pending, reader)
      return { status, response: new Response(body, { status, headers }), result: undefined }
    }
  }
  const bytes = bytesOf(chunks, length)
  const body = status === 204 || status === 205 ? null : bytes
  return { status, response: new Response(body, { status, headers }), result: resultOf(status, headers, bytes) }
}

// Of a fetched answer the platform has undone the compression that its headers still name.
function decoded({ url, headers }: Response): Headers {
  const copy = new Headers(headers)
  if (url && copy.has('content-encoding')) for (const name of ['content-encoding', 'content-length']) copy.delete(name)
  return copy
}

/** What was read already, then the rest as it comes. */
function joined(
  chunks: Uint8Array[],
  pending: Promise<ReadableStreamReadResult<Uint8Array>> | undefined,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array> {
  let next = pending
  return new ReadableStream({
    start: (controller) => chunks.forEach((chunk) => controller.enqueue(chunk)),
    async pull(controller) {
      const { done, value } = await (next ?? reader.read())
      next = undefined
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

function bytesOf(chunks: Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

function resultOf(status: number, headers: Headers, bytes: Uint8Array): string {
  let text = ''
  // In parts: a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return JSON.stringify({ status, headers: [...headers], body: btoa(text) })
}

/** A kept result, as it was. Our own text. */
export function responseOf(result: string): Response {
  const { status, headers, body } = JSON.parse(result) as { status: number; headers: [string, string][]; body: string }
  const bytes = Uint8Array.from(atob(body), (character) => character.charCodeAt(0))
  return new Response(status === 204 || status === 205 ? null : bytes, { status, headers })
}
