import { challengeBody, readUpTo, within } from '../limits.js'
import { type Answered, question } from '../question.js'
import type { Context } from './context.js'
import { type Fetched, isPublished } from './documents.js'
import { type Replayable, send } from './request.js'

// A core's document, or a stranger in its place.
const DOCUMENT_BYTES = 64 * 1024
// A refusal: why the seller did not take the payment.
const REFUSAL_BYTES = 16 * 1024

/** What came back from the unpaid request. */
export type Probed = {
  answer: Response
  /** URL that answered, after redirects. */
  reached: string
  /** `PAYMENT-REQUIRED`. */
  header: string | undefined
  /** Body of a JSON 402, else empty. */
  body: Uint8Array
  /** `Date` in Unix seconds; NaN where it cannot be read. */
  date: number
}

/** Sends the request unpaid. */
export async function probe(context: Context, request: Replayable): Promise<Probed> {
  const { body: bytes, url } = request
  // Node 20 detaches its copy of bytes when it sends them, and then has none left for a redirect; a Blob stays whole.
  const content = bytes.byteLength > 0 ? { body: new Blob([bytes]) } : {}
  const answer = await send(context.fetch, request, url, content)
  const payable = answer.status === 402
  return {
    answer,
    reached: (answer.url || url).split('#', 1)[0] ?? '',
    header: (payable ? answer.headers.get('PAYMENT-REQUIRED') : null) ?? undefined,
    body: payable ? await challengeBody(answer) : new Uint8Array(),
    date: Date.parse(answer.headers.get('date') ?? '') / 1000,
  }
}

/** The paid answer, its content where that is wanted, and the body of a refusal. */
export type Presented = { answer: Response; content: Uint8Array | undefined; refusal: Uint8Array | undefined }

/** The kill switch fell before a payment left again. */
export class Killed extends Error {
  override readonly name = 'Killed'
}

/** Sends the paid request, after a pause where the core wants one. It follows no redirect, so the payment reaches nobody but the seller (threats P33). */
export async function present(
  context: Context,
  request: Replayable,
  { url, header, value, pauseMs }: { url: string; header: string; value: string; pauseMs: number },
  wantsContent: boolean,
): Promise<Presented> {
  if (pauseMs > 0) {
    await paused(pauseMs, request.signal)
    // What was refused so far might be taken this time.
    if (context.stopped) throw new Killed('payments were stopped')
  }
  const headers = new Headers(request.headers)
  headers.set(header, value)
  // Runtimes without an HTTP cache refuse to hear of one.
  const cache: RequestInit = 'cache' in Request.prototype ? { cache: 'no-store' } : {}
  const answer = await send(context.fetch, request, url, { headers, redirect: 'manual', ...cache })
  const content = wantsContent ? await contentOf(answer, context.maxBodyBytes) : undefined
  const refused = answer.status === 402 || answer.status >= 500
  const refusal = refused
    ? await within(contentOf(answer, REFUSAL_BYTES), context.timeoutMs).catch(() => {})
    : undefined
  return { answer, content, refusal: refusal ?? undefined }
}

/** Waits; rejects with the signal's reason as soon as it fires. */
function paused(forMs: number, signal: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
    const abort = () => {
      over()
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      over()
      resolve()
    }, forMs)
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
  })
}

/** The content, from a copy: the caller still gets the stream. None when it is longer, or breaks off. */
async function contentOf(answer: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  return readUpTo(answer.clone().body, maxBytes).catch(() => undefined)
}

/** A document of a 4Mica core, kept or fetched, or a seller's answer about a tab. */
export async function document(context: Context, request: Replayable, command: Fetched): Promise<Answered> {
  const fetched = () => question(context, command, DOCUMENT_BYTES, request.signal)
  if (!isPublished(command)) return fetched()
  const kept = context.documents.of(command.url)
  if (kept) return { status: 200, bytes: kept }
  const answer = await fetched()
  if (answer.status === 200) context.documents.keep(command.url, answer.bytes)
  return answer
}
