import { PaymentError } from '../errors.js'
import { bodyUpTo } from '../limits.js'
import type { Money } from '../policy.js'
import type { Quote } from './context.js'

/** Options of one paid request, besides those of `fetch`. */
export type PayInit = RequestInit & {
  /** The task this purchase belongs to; kept in the record. */
  task?: string | undefined
  /** Why it is bought; kept in the record. */
  reason?: string | undefined
  /** Names the purchase: one id is paid at most once, whoever asks, however often. 1 to 128 of `A-Z a-z 0-9 _ - . :`. */
  purchaseId?: string | undefined
  /** Who buys; budgets can be counted per agent. */
  agent?: string | undefined
  /** In which session; budgets can be counted per session. */
  session?: string | undefined
  /** What kind of thing; rules and budgets can name categories. */
  category?: string | undefined
  /** Largest price of this one call, besides the policy: `0.05 USD`. */
  atMost?: Money | undefined
  /** Pay only on the terms of this quote. */
  quote?: Quote | undefined
  /** Reads the paid content whole, up to `maxBodyBytes`, and keeps its Keccak-256 hash in the record. */
  hashOutput?: boolean | undefined
}

/** How the caller describes a purchase; the rest of {@link PayInit} is for fetch. */
export type Purpose = Pick<
  PayInit,
  'task' | 'reason' | 'purchaseId' | 'agent' | 'session' | 'category' | 'atMost' | 'quote' | 'hashOutput'
>

/** A request that can be sent twice, byte for byte. */
export type Replayable = {
  method: string
  /** Absolute, normalised, without fragment. */
  url: string
  headers: Headers
  /** The whole body; empty for none. */
  body: Uint8Array<ArrayBuffer>
  /** Everything else the caller asked of fetch. */
  rest: RequestInit
  signal: AbortSignal | null
}

const PAYMENT_HEADERS = ['payment-signature', 'x-payment']
// Members of a Request that a second request must repeat. Runtimes leave some of them out.
const CARRIED = ['credentials', 'mode', 'referrer', 'referrerPolicy', 'integrity', 'keepalive', 'redirect'] as const

/** Reads what the caller passed to fetch, whole, before anything is sent. */
export async function replayable(input: RequestInfo | URL, init: PayInit, maxBodyBytes: number): Promise<Replayable> {
  const { task, reason, purchaseId, agent, session, category, atMost, quote, hashOutput, ...fetchInit } = init
  const request = input instanceof Request ? input : undefined
  const headers = new Headers(init.headers ?? request?.headers)
  if (PAYMENT_HEADERS.some((name) => headers.has(name))) throw new PaymentError('request/header')
  const url = absolute(request ? request.url : String(input))
  const method = (init.method ?? request?.method ?? 'GET').toUpperCase()
  const { body, type } = await contentOf(init.body ?? undefined, request, maxBodyBytes)
  if (type && !headers.has('content-type')) headers.set('content-type', type)
  const { headers: _headers, body: _body, method: _method, signal, ...rest } = { ...carried(request), ...fetchInit }
  return { method, url, headers, body, rest, signal: signal ?? request?.signal ?? null }
}

/** Sends it, with more headers or other options. */
export function send(
  fetch: typeof globalThis.fetch,
  request: Replayable,
  url: string,
  more: RequestInit,
): Promise<Response> {
  const { method, headers, body, rest, signal } = request
  const content = body.byteLength > 0 ? { body } : {}
  return fetch(url, { ...rest, method, headers, signal, ...content, ...more })
}

function absolute(text: string): string {
  const base = (globalThis as { location?: { href?: string } }).location?.href
  try {
    const url = new URL(text, base)
    url.hash = ''
    return url.href
  } catch (cause) {
    throw new PaymentError('request/url', { cause })
  }
}

/** The body whole, and the type that it brings along. */
async function contentOf(given: BodyInit | undefined, request: Request | undefined, maxBodyBytes: number) {
  // Text needs no stream to be read from, which takes Node longer than the rest of this file.
  if (typeof given === 'string') {
    return { body: whole(new TextEncoder().encode(given), maxBodyBytes), type: 'text/plain;charset=UTF-8' }
  }
  const source = given === undefined ? bodyOf(request) : new Response(given)
  // A form's boundary is chosen when it is serialised, so its type belongs to these bytes. Asked for first: Bun
  // forgets it once the body is read.
  const type = source?.headers.get('content-type')
  return { body: await bytesOf(source, maxBodyBytes), type }
}

/** A clone: the caller's Request stays usable. */
const bodyOf = (request: Request | undefined): Request | undefined =>
  request && request.body !== null ? request.clone() : undefined

async function bytesOf(source: Request | Response | undefined, maxBodyBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (!source) return new Uint8Array()
  const isForm = source.headers.get('content-type')?.startsWith('multipart/form-data')
  const bytes = await bodyUpTo(source, maxBodyBytes).catch((cause: unknown) => {
    // WebKit sends forms with files in them, and reads none.
    if (isForm)
      throw new PaymentError('request/body-not-replayable', { facts: 'this platform reads no files in a form', cause })
    throw cause
  })
  return whole(bytes, maxBodyBytes)
}

function whole(bytes: Uint8Array | undefined, maxBodyBytes: number): Uint8Array<ArrayBuffer> {
  if (bytes && bytes.byteLength <= maxBodyBytes) return bytes as Uint8Array<ArrayBuffer>
  throw new PaymentError('request/body-not-replayable', { facts: `limit ${maxBodyBytes} bytes` })
}

function carried(request: Request | undefined): RequestInit {
  if (!request) return {}
  const members: [string, unknown][] = CARRIED.map((name) => [name, request[name]])
  // Nobody may navigate by hand, and `about:client` means the default.
  return Object.fromEntries(
    members.filter(([, value]) => value && value !== 'navigate' && value !== 'about:client'),
  ) as RequestInit
}
