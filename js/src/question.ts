import { answerUpTo, within } from './limits.js'

/** What a server that the owner or the seller named is asked: a GET, or a POST of JSON. */
export type Question = {
  url: string
  body?: string
  bearer?: string
  headers?: Record<string, string>
  /** What else the request is made with. */
  init?: RequestInit
}

/** What it answered; status 0, and why, when there is no answer. No bytes when they were too many. */
export type Answered = { status: number; bytes: Uint8Array; failure?: unknown }

/** Asks once, following no redirect and showing no cookie. Throws nothing but the reason of an aborted `signal`. */
export async function question(
  { fetch, timeoutMs }: { fetch: typeof globalThis.fetch; timeoutMs: number },
  { url, body, bearer, headers: more, init }: Question,
  maxBytes: number,
  signal?: AbortSignal | null,
): Promise<Answered> {
  const cancel = new AbortController()
  const read = async () => {
    const headers = new Headers(more)
    headers.set('accept', 'application/json')
    if (body !== undefined) headers.set('content-type', 'application/json')
    if (bearer !== undefined) headers.set('authorization', `Bearer ${bearer}`)
    const content = body === undefined ? {} : { method: 'POST', body }
    // Runtimes without cookies refuse to hear of them.
    const anonymous: RequestInit = 'credentials' in Request.prototype ? { credentials: 'omit' } : {}
    // Whom a server sends us to is nobody the owner named.
    const options: RequestInit = { headers, redirect: 'manual', signal: cancel.signal, ...content, ...anonymous }
    const answer = await fetch(url, { ...options, ...init })
    const bytes = await answerUpTo(answer, maxBytes)
    return { status: answer.status, bytes: bytes ?? new Uint8Array() }
  }
  try {
    return await within(read(), timeoutMs, signal)
  } catch (failure) {
    // Not after an answer, which was read or let go of: aborting makes an exception with its stack.
    cancel.abort(failure)
    if (signal?.aborted) throw failure
    return { status: 0, bytes: new Uint8Array(), failure }
  }
}
