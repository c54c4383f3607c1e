/**
 * `farthing/seller/next`: route handlers of Next behind a paywall.
 *
 *     export const GET = payNext(paid)((request: NextRequest, payment) => Response.json({ forecast: 'sun' }))
 *
 * `paid(handler)` is a route handler as it stands; this one knows the types of request and route context.
 */
import type { Guarded, Paywall } from '../paywall.js'
import type { TermsOf } from '../terms.js'
import type { Handler, Paid } from '../sale/work.js'

/** The second argument of a route handler. */
export type NextContext = { params: Promise<Record<string, string | string[] | undefined>> }

/** A route handler, told who paid. `C` is the route's own context: `{ params: Promise<{ city: string }> }`. */
export type NextHandler<Q extends Request, C> = (
  request: Q,
  payment: Paid | undefined,
  context: C,
) => Response | Promise<Response>

/** Guards route handlers, with the paywall's terms or those of the route. */
export function payNext(paid: Paywall, terms?: TermsOf) {
  return <Q extends Request = Request, C = NextContext>(
    handler: NextHandler<Q, C>,
  ): ((request: Q, context: C) => Promise<Response>) => {
    const work = handler as unknown as Handler<Paid | undefined, [C]>
    const guarded: Guarded<[C]> = terms === undefined ? paid<[C]>(work) : paid<TermsOf, [C]>(terms, work)
    return guarded
  }
}
