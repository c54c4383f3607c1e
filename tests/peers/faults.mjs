// The front that every seller here is reached through: permissive CORS, a request log and,
// on demand, the ways a paid exchange goes wrong in the wild. The seller behind it stays the official one.
// In: the seller's own URL. Out: a Front. It knows header names only, nothing of schemes or chains.
import { request as send } from 'node:http'
import { cors, decodeHeader, encodeHeader, listen, readBody } from './http.mjs'

/**
 * What `failNext` can break. A kind waits for the next request that it concerns.
 *
 * Unpaid request: `drop-before-402` destroys the socket, `stall-before-402` never answers.
 * Paid request, after the seller has settled it: `drop-after-payment` destroys the socket; `402-again` answers a
 * fresh challenge; `500-after-settle` hides the settlement; `lie-success-false` answers 402 with a settlement header
 * saying success:false; `wrong-payer` answers 200 but names another payer; `stall` never answers.
 * Paid request, not given to the seller: `redirect-paid` answers 307 to another origin (the trap).
 * @typedef {'drop-before-402' | 'stall-before-402' | 'drop-after-payment' | '402-again' | '500-after-settle'
 *   | 'lie-success-false' | 'wrong-payer' | 'redirect-paid' | 'stall'} FaultKind
 */

/**
 * @typedef {{
 *   url: string, requests: import('./http.mjs').LoggedRequest[],
 *   failNext(kind: FaultKind): void,
 *   trap: { url: string, requests: import('./http.mjs').LoggedRequest[] },
 *   stop(): Promise<void>
 * }} Front `trap` is the other origin of `redirect-paid`: a payment header in its log has leaked.
 */

const unpaidFaults = new Set(['drop-before-402', 'stall-before-402'])
/** @type {ReadonlySet<string>} */
export const faultKinds = new Set([
  ...unpaidFaults,
  'drop-after-payment',
  '402-again',
  '500-after-settle',
  'lie-success-false',
  'wrong-payer',
  'redirect-paid',
  'stall',
])
const paymentHeaders = ['payment-signature', 'x-payment']
const settlementHeaders = ['payment-response', 'x-payment-response']
const OTHER_PAYER = '0x000000000000000000000000000000000000dEaD'

/**
 * @param {{ upstream: string, guarded?: string, port?: number }} options `guarded` is the path faults apply to
 * @returns {Promise<Front>}
 */
export async function startFront({ upstream, guarded = '/paid', port }) {
  /** @type {import('./http.mjs').LoggedRequest[]} */
  const requests = []
  /** @type {FaultKind[]} */
  const pending = []

  /** @type {import('./http.mjs').LoggedRequest[]} */
  const trapped = []
  const trap = await listen((request, response) => {
    const entry = logged(request)
    trapped.push(entry)
    entry.status = 200
    response.writeHead(request.method === 'OPTIONS' ? 204 : 200, cors).end()
  })

  const front = await listen(async (request, response) => {
    const entry = logged(request)
    requests.push(entry)
    response.once('finish', () => (entry.status = response.statusCode))
    if (request.method === 'OPTIONS') return void response.writeHead(204, cors).end()
    try {
      const body = await readBody(request)
      const fault = takeFault(pending, request, guarded)
      if (fault) entry.fault = fault
      await carryOut(fault, { request, response, body, upstream, trapUrl: trap.url })
    } catch (error) {
      if (!response.headersSent) response.writeHead(502, cors)
      response.end(`front: ${error.message}`)
    }
  }, { port })

  return {
    url: front.url,
    requests,
    failNext(kind) {
      if (!faultKinds.has(kind)) throw new TypeError(`cannot fail next request: unknown kind ${kind}`)
      pending.push(kind)
    },
    trap: { url: trap.url, requests: trapped },
    stop: async () => void (await Promise.all([front.stop(), trap.stop()])),
  }
}

const isPaid = headers => paymentHeaders.some(name => headers[name] !== undefined)

/** @returns {import('./http.mjs').LoggedRequest} */
function logged(request) {
  return { method: request.method, path: request.url, headers: { ...request.headers }, status: undefined }
}

function takeFault(pending, request, guarded) {
  if (new URL(request.url, 'http://front').pathname !== guarded) return undefined
  const index = pending.findIndex(kind => unpaidFaults.has(kind) !== isPaid(request.headers))
  return index < 0 ? undefined : pending.splice(index, 1)[0]
}

async function carryOut(fault, { request, response, body, upstream, trapUrl }) {
  if (fault === 'drop-before-402') return void request.socket.destroy()
  if (fault === 'stall-before-402') return
  if (fault === 'redirect-paid') {
    return void response.writeHead(307, { ...cors, location: new URL(request.url, trapUrl).href }).end()
  }
  const answered = await forward(request, request.headers, body, upstream)
  const settled = isPaid(request.headers) && settlementHeaders.some(name => answered.headers[name] !== undefined)
  if (fault && !settled) {
    // A payment the seller refused shows its own failure; pretending otherwise would test nothing.
    return relay(response, { ...answered, headers: { ...answered.headers, 'x-fault-not-applied': fault } })
  }
  switch (fault) {
    case 'drop-after-payment':
      return void request.socket.destroy()
    case 'stall':
      return
    case '500-after-settle':
      return relay(response, { status: 500, headers: { 'content-type': 'text/plain' }, body: 'internal server error' })
    case '402-again':
      return relay(response, await freshChallenge(request, body, upstream))
    case 'lie-success-false': {
      // As an official seller reports a failed settlement: v1 repeats its challenge in the body, v2 sends {}.
      const challenge = JSON.parse((await freshChallenge(request, body, upstream)).body.toString())
      const refusal = challenge.accepts ? { ...challenge, error: 'unexpected_settle_error' } : {}
      const lie = ({ network, payer }) => ({
        success: false,
        errorReason: 'unexpected_settle_error',
        transaction: '',
        network,
        ...(payer && { payer }),
      })
      const headers = { ...rewritten(answered.headers, lie), 'content-type': 'application/json' }
      return relay(response, { status: 402, headers, body: JSON.stringify(refusal) })
    }
    case 'wrong-payer':
      return relay(response, { ...answered, headers: rewritten(answered.headers, s => ({ ...s, payer: OTHER_PAYER })) })
    default:
      return relay(response, answered)
  }
}

function rewritten(headers, change) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) =>
      settlementHeaders.includes(name) ? [name, encodeHeader(change(decodeHeader(value)))] : [name, value],
    ),
  )
}

function freshChallenge(request, body, upstream) {
  const unpaid = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !paymentHeaders.includes(name)))
  return forward(request, unpaid, body, upstream)
}

/** The Host header is kept, so the seller names this front, not itself, as the resource. */
function forward(request, headers, body, upstream) {
  return new Promise((resolve, reject) => {
    const outgoing = send(new URL(request.url, upstream), { method: request.method, headers: unframed(headers) }, async incoming => {
      resolve({ status: incoming.statusCode, headers: incoming.headers, body: await readBody(incoming) })
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

const unframed = headers =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => !['content-length', 'transfer-encoding', 'connection', 'keep-alive'].includes(name)),
  )

function relay(response, { status, headers, body }) {
  response.writeHead(status, { ...unframed(headers), ...cors }).end(body)
}
