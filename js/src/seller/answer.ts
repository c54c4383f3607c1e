/**
 * What a buyer is told: a decision in, a Response out, with the headers that browsers, proxies and caches need.
 *
 * Knows no store and asks nobody.
 */
import { SALE_CODES, type SaleCode, type SaleHeader } from '../generated/sale.js'

/** Whose pages may read the answer. */
export type Cors = false | '*' | readonly string[]

const EXPOSED = ['PAYMENT-REQUIRED', 'PAYMENT-RESPONSE', 'X-PAYMENT-RESPONSE']
const ALLOWED = ['PAYMENT-SIGNATURE', 'X-PAYMENT', 'SIGN-IN-WITH-X', 'Content-Type']
// Sums and proofs come from the core, never from a handler or whatever it proxies; and what was paid for is not to be
// revalidated by whoever did not pay (threats S15, S32).
const DROPPED = /^(x-payment-|payment-|settlement-overrides$|etag$|last-modified$)/i
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i

/**
 * Puts on what every answer of a paywall wears, and `headers` of this sale; takes off what none may. The Response is one
 * of ours and is changed: around its body, another would be a stream, whose length no server can tell.
 */
export function dressed(
  response: Response,
  request: Request,
  cors: Cors,
  headers: readonly SaleHeader[] = [],
): Response {
  // A WebSocket, or another switch of protocols: there is nothing to dress.
  if (response.status < 200) return response
  const { status } = response
  const isBare = request.method === 'HEAD' || status === 204 || status === 205 || status === 304
  if (isBare) void response.body?.cancel().catch(() => {})
  // Nothing else of it is looked at: what @hono/node-server has in place of a Response sends its text as it is, unless it
  // was asked for more than status and headers.
  const answer = isBare ? bareOf(response) : response
  const worn = answer.headers
  for (const name of [...worn.keys()]) if (DROPPED.test(name)) worn.delete(name)
  for (const [name, value] of headers) worn.set(name, value)
  worn.set('Cache-Control', 'private, no-store')
  merge(worn, 'Vary', ['PAYMENT-SIGNATURE', 'X-PAYMENT', 'Accept'])
  share(worn, request, cors)
  return answer
}

function bareOf({ status, statusText, headers }: Response): Response {
  return new Response(null, { status, statusText, headers })
}

/** A Response of ours in place of somebody else's, who may keep it, or whose headers nobody may change. */
export function ours(response: Response): Response {
  const { status, statusText, headers, body } = response
  return status < 200 ? response : new Response(body, { status, statusText, headers })
}

/** What went wrong, for programs and people. */
export function refused(
  code: SaleCode,
  facts = '',
  paymentId?: string,
  status: number = SALE_CODES[code].status,
): Response {
  const { meaning, fix, next } = SALE_CODES[code]
  const message = facts ? `${meaning} (${facts})` : meaning
  return Response.json({ error: code, message, fix, next, paymentId }, { status })
}

/** Whether a page asks what it may send. */
export function isPreflight({ method, headers }: Request): boolean {
  return method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method')
}

/** Tells a page of another origin that it may pay. */
export function preflight(request: Request, cors: Cors): Response {
  const headers = new Headers({ 'Access-Control-Max-Age': '600', 'Cache-Control': 'no-store' })
  merge(headers, 'Vary', ['Origin', 'Access-Control-Request-Method', 'Access-Control-Request-Headers'])
  if (!share(headers, request, cors)) return new Response(null, { status: 204, headers })
  const method = request.headers.get('access-control-request-method') ?? ''
  if (TOKEN.test(method)) headers.set('Access-Control-Allow-Methods', method)
  const wanted = (request.headers.get('access-control-request-headers') ?? '').split(',').map((name) => name.trim())
  merge(headers, 'Access-Control-Allow-Headers', [
    ...ALLOWED,
    ...wanted.filter((name) => TOKEN.test(name)).slice(0, 50),
  ])
  return new Response(null, { status: 204, headers })
}

/** Whether the asking page may read it. What the handler said for itself stands. */
function share(headers: Headers, request: Request, cors: Cors): boolean {
  if (cors === false) return false
  const origin = request.headers.get('origin')
  if (cors !== '*') merge(headers, 'Vary', ['Origin'])
  const allowed = cors === '*' ? '*' : origin !== null && cors.includes(origin) ? origin : undefined
  if (allowed !== undefined && !headers.has('Access-Control-Allow-Origin'))
    headers.set('Access-Control-Allow-Origin', allowed)
  merge(headers, 'Access-Control-Expose-Headers', EXPOSED)
  return allowed !== undefined
}

/** Adds what a list does not name yet. */
function merge(headers: Headers, name: string, more: readonly string[]): void {
  const present = (headers.get(name) ?? '').split(',').flatMap((item) => item.trim() || [])
  if (present.includes('*') && name === 'Vary') return
  const known = new Set(present.map((item) => item.toLowerCase()))
  const added = more.filter((item) => !known.has(item.toLowerCase()) && known.add(item.toLowerCase()))
  headers.set(name, [...present, ...added].join(', '))
}
