import { challengeBody, readUpTo, within } from '../limits.js'
import type { Context } from './context.js'
import { type Replayable, send } from './request.js'

// A core's document, or a stranger in its place.
const DOCUMENT_BYTES = 64 * 1024

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

/** The paid answer, and its content where that is wanted. */
export type Presented = { answer: Response; content: Uint8Array | undefined }

/** Sends the paid request. It follows no redirect, so the payment reaches nobody but the seller (threats P33). */
export async function present(
  context: Context,
  request: Replayable,
  { url, header, value }: { url: string; header: string; value: string },
  wantsContent: boolean,
): Promise<Presented> {
  const headers = new Headers(request.headers)
  headers.set(header, value)
  // Runtimes without an HTTP cache refuse to hear of one.
  const cache: RequestInit = 'cache' in Request.prototype ? { cache: 'no-store' } : {}
  const answer = await send(context.fetch, request, url, { headers, redirect: 'manual', ...cache })
  return { answer, content: wantsContent ? await contentOf(answer, context.maxBodyBytes) : undefined }
}

/** The content for its hash, from a copy: the caller still gets the stream. None when it is longer, or breaks off. */
async function contentOf(answer: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  return readUpTo(answer.clone().body, maxBytes).catch(() => undefined)
}

/** A document of a 4Mica core; status 0, and why, when there is no answer. */
export async function document(
  { fetch, timeoutMs }: Context,
  { signal }: Replayable,
  url: string,
): Promise<{ status: number; bytes: Uint8Array; failure?: unknown }> {
  const cancel = new AbortController()
  const read = async () => {
    const options: RequestInit = { headers: { accept: 'application/json' }, redirect: 'manual', signal: cancel.signal }
    const answer = await fetch(url, options)
    const bytes = await readUpTo(answer.body, DOCUMENT_BYTES)
    return { status: answer.status, bytes: bytes ?? new Uint8Array() }
  }
  try {
    return await within(read(), timeoutMs, signal)
  } catch (failure) {
    if (signal?.aborted) throw failure
    return { status: 0, bytes: new Uint8Array(), failure }
  } finally {
    cancel.abort()
  }
}
