/**
 * `farthing/seller/hono`: a paywall as Hono middleware.
 *
 *     app.get('/paid', payHono(paid), (c) => c.json({ forecast: 'sun' }))
 *
 * The handlers behind it find who paid as `c.get('payment')`.
 */
import type { Guarded, Paywall } from '../paywall.js'
import type { TermsOf } from '../terms.js'
import type { Paid } from '../sale/work.js'

/** What is used of Hono's context. */
export type HonoContext = {
  req: { raw: Request }
  res: Response
  readonly env: unknown
  set(key: never, value: unknown): void
  readonly executionCtx: { waitUntil(promise: Promise<unknown>): void }
}

/** Hono's middleware, as it sees it. */
export type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<void>

/** What Hono passes on: the context, what comes after, and the platform's own context where there is one. */
type Passed = [HonoContext, () => Promise<void>, object?]

/** Middleware that lets only paid requests pass. Put it before whatever reads the body. */
export function payHono(paid: Paywall, terms?: TermsOf): HonoMiddleware {
  const handler = async (
    request: Request,
    payment: Paid | undefined,
    ...[context, next]: Passed
  ): Promise<Response> => {
    // The body was read: the payment is bound to it.
    context.req.raw = request
    context.set('payment' as never, payment)
    await next()
    return context.res
  }
  const guarded: Guarded<Passed> = terms === undefined ? paid<Passed>(handler) : paid<TermsOf, Passed>(terms, handler)
  return async (context, next) => {
    const answer = await guarded(context.req.raw, context, next, platformOf(context))
    // Hono adds the headers of a response that it replaces.
    context.res = undefined as unknown as Response
    context.res = answer
  }
}

/**
 * The platform's own context, asked for when there is a sale to finish: Hono throws where the platform has none, and making
 * that error costs as much as half a refusal. Node never has one, and is known by what its adapter passes.
 */
function platformOf(context: HonoContext): object {
  return {
    get waitUntil() {
      if (isNode(context.env)) return undefined
      try {
        const own = context.executionCtx
        return (promise: Promise<unknown>) => own.waitUntil(promise)
      } catch {
        return undefined
      }
    },
  }
}

function isNode(env: unknown): boolean {
  const { outgoing } = (env ?? {}) as { outgoing?: { writeHead?: unknown } }
  return typeof outgoing?.writeHead === 'function'
}
