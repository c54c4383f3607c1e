/**
 * A paywall, as a seller sets it up: options and handlers in, guarded handlers out.
 */
import type { SaleRecord } from '../generated/sale.js'
import { coreOf } from './core.js'
import { Door } from './door.js'
import { misuse, type PaywallOptions, settingsOf, textOf } from './options.js'
import { outsideOf } from './sale/outside.js'
import { reconciled, saleOf, salesOf } from './sale/records.js'
import type { Stage, Told } from './sale/run.js'
import { type Route, routeOf, type Terms, type TermsOf } from './terms.js'
import type { Handler, Paid } from './sale/work.js'

/** A handler behind a paywall, to be called as the platform calls a handler. */
export type Guarded<R extends unknown[]> = (request: Request, ...rest: R) => Promise<Response>

/** What a handler is told of the payment: perhaps nothing, where the terms are a function and may be `'free'`. */
export type PaidFor<T extends TermsOf> = T extends Terms ? Paid : Paid | undefined

/** A paywall: `paid(handler)`, or `paid(terms, handler)` for a route with its own terms. */
export type Paywall<T extends TermsOf = TermsOf> = {
  <R extends unknown[] = unknown[]>(handler: Handler<PaidFor<T>, R>): Guarded<R>
  <const U extends TermsOf, R extends unknown[] = unknown[]>(terms: U, handler: Handler<PaidFor<U>, R>): Guarded<R>
  /** Compiles everything now instead of at the first request. Throws `misuse/…`, naming the option. */
  ready(): Promise<void>
  /**
   * Finishes what was left open by processes that died, or did not learn the outcome: asks for settlement again with the
   * identical bytes, or looks at the chain. It may run anywhere, at any time, and in many processes at once.
   */
  reconcile(options?: { limit?: number | undefined }): Promise<Told[]>
  /** Sales in the order of their first write: `limit` (default 1 000) after the sale of id `after`. */
  sales(options?: { after?: string | undefined; limit?: number | undefined }): Promise<SaleRecord[]>
  /** One sale by its id. */
  sale(id: string): Promise<SaleRecord | undefined>
}

/**
 * Puts a price on handlers. Asks nobody anything, and starts nothing before the first request.
 *
 * Errors: `PaymentError` `misuse/options`, naming the option. What only the core can judge (prices, addresses) is told by
 * `ready`, or else by the first request, which is answered with 500.
 */
export function paywall<const T extends TermsOf = TermsOf>(options: PaywallOptions<T>): Paywall<T> {
  const settings = settingsOf(options as PaywallOptions)
  const stage: Stage = { settings, core: coreOf(textOf(settings)), outside: outsideOf(settings) }
  const shared = options.terms
  const routes: Route[] = []

  function guard(terms: TermsOf | undefined, handler: unknown): Guarded<unknown[]> {
    if (terms === undefined) throw misuse('terms')
    if (typeof handler !== 'function') throw misuse('handler')
    const route = routeOf(stage.core, terms, settings.timeoutMs)
    routes.push(route)
    const door = new Door(stage, route, handler as Handler<Paid | undefined, unknown[]>)
    return (request, ...rest) => door.answer(request, rest)
  }

  const paid = (...given: unknown[]): Guarded<unknown[]> =>
    given.length > 1 ? guard(given[0] as TermsOf, given[1]) : guard(shared, given[0])
  const rest: Omit<Paywall, never> = {
    async ready() {
      await stage.core.started()
      for (const route of routes) await route.ready()
    },
    reconcile: ({ limit = 100 } = {}) => reconciled(stage, limit),
    sales: ({ after, limit } = {}) => salesOf(settings, after, limit),
    sale: (id) => saleOf(settings, id),
  }
  return Object.assign(paid, rest) as unknown as Paywall<T>
}
