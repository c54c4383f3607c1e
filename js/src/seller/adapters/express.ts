/**
 * `farthing/seller/express`: a paywall as Express middleware.
 *
 *     app.get('/paid', payExpress(paid), (req, res) => res.json({ forecast: 'sun' }))
 *
 * The handlers behind it find who paid as `res.locals.payment`. Put it before whatever parses the body; a parser that
 * stands earlier must keep the bytes: `express.json({ verify: (req, _res, bytes) => { req.rawBody = bytes } })`.
 */
import { PaymentError } from '../../errors.js'
import type { Guarded, Paywall } from '../paywall.js'
import type { TermsOf } from '../terms.js'
import type { Paid } from '../sale/work.js'
import { captured, type NodeResponse, written } from './node-response.js'
import { type NodeRequest, requestOf } from './node-request.js'

/** Express' request, as far as it is used. */
export type ExpressRequest = NodeRequest & {
  /** Path and query as they arrived, whatever the router took off. */
  originalUrl: string
  /** What an earlier parser made of the body. */
  body?: unknown
  /** The bytes it was made of. */
  rawBody?: Uint8Array
}

/** Express' response, as far as it is used. */
export type ExpressResponse = NodeResponse & { locals: Record<string, unknown> }

type Next = (thrown?: unknown) => void
type Passed = [response: ExpressResponse, next: Next]

/** Middleware that lets only paid requests pass. */
export function payExpress(
  paid: Paywall,
  terms?: TermsOf,
): (request: ExpressRequest, response: ExpressResponse, next: Next) => void {
  const handler = (_: Request, payment: Paid | undefined, ...[response, next]: Passed): Promise<Response> => {
    response.locals['payment'] = payment
    const answer = captured(response)
    next()
    return answer
  }
  const guarded: Guarded<Passed> = terms === undefined ? paid<Passed>(handler) : paid<TermsOf, Passed>(terms, handler)
  return (request, response, next) => {
    const writing = async () => {
      const { originalUrl, rawBody } = request
      const wasRead = request.readableEnded || request.body !== undefined
      if (wasRead && rawBody === undefined && request.headers['content-length'] !== '0' && isWithBody(request)) {
        const facts = 'the body was parsed before: put payExpress first, or keep the bytes as request.rawBody'
        throw new PaymentError('misuse/options', { doing: 'sell', facts })
      }
      const original = written(response)
      await original(await guarded(requestOf(request, originalUrl, rawBody), response, next))
    }
    writing().catch(next)
  }
}

const isWithBody = ({ headers }: ExpressRequest): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
