/**
 * One guarded handler: a request in, a response out. What is unpaid or cannot be read is answered at once, from nothing
 * but the request; what is paid becomes a sale.
 */
import { PaymentError } from '../errors.js'
import type { Shown, Terms as Compiled } from '../generated/farthing_seller.js'
import { SALE_CODES, type SaleCode, type SaleHeader } from '../generated/sale.js'
import { freed } from '../instance.js'
import { bodyUpTo, within } from '../limits.js'
import { now } from '../purchase/context.js'
import { dressed, isPreflight, ours, preflight, refused } from './answer.js'
import { PAYER_HEADER, wantsPage } from './page/asked.js'
import type { PageView } from './page/index.js'
import { reported } from './sale/records.js'
import { carriedOut, type Ended, type Stage } from './sale/run.js'
import type { Route } from './terms.js'
import { type Handler, type Paid, responseOf } from './sale/work.js'

/** Why a request is turned away before it becomes a sale. */
type Refusal = { code: SaleCode; facts?: string | undefined }

/** What a guarded handler does with requests. */
export class Door {
  private readonly stage: Stage
  private readonly route: Route
  private readonly handler: Handler<Paid | undefined, unknown[]>

  constructor(stage: Stage, route: Route, handler: Handler<Paid | undefined, unknown[]>) {
    this.stage = stage
    this.route = route
    this.handler = handler
  }

  async answer(request: Request, rest: unknown[]): Promise<Response> {
    const { cors } = this.stage.settings
    if (cors !== false && isPreflight(request)) return preflight(request, cors)
    let found: Awaited<ReturnType<Route['terms']>>
    try {
      found = await this.route.terms(request)
    } catch (cause) {
      return this.broken(request, cause)
    }
    // What it throws is the platform's, as without a paywall.
    if (found === 'free') return this.dressed(ours(await this.handler(request, undefined, ...rest)), request)
    const { compiled, release } = found
    let isSold = false
    try {
      const shown = this.shown(request, compiled)
      if (!shown) return await this.unpaid(request, compiled)
      const refusal = this.stage.core.ask(() => shown.refusal())
      const body = refusal === undefined ? await this.bodyOf(request) : (JSON.parse(refusal) as Refusal)
      if ('code' in body) {
        freed(shown)
        return this.turnedAway(request, compiled, body)
      }
      isSold = true
      return await this.sold(request, rest, shown, body.bytes, compiled, release)
    } catch (cause) {
      return this.broken(request, cause)
    } finally {
      if (!isSold) release()
    }
  }

  /** The payment that comes with a request, read. */
  private shown({ headers, method, url }: Request, terms: Compiled): Shown | undefined {
    const header = (name: string) => headers.get(name) ?? undefined
    const [v1, v2] = [header('X-PAYMENT'), header('PAYMENT-SIGNATURE')]
    // Whoever asks by HEAD wants no work done, whatever else is sent along.
    if (method === 'HEAD' || (v1 === undefined && v2 === undefined)) return undefined
    const [signIn, userAgent] = [header('SIGN-IN-WITH-X'), header('User-Agent')]
    const rest = JSON.stringify({ method, signIn, userAgent, signatureAgent: header('Signature-Agent') })
    return this.stage.core.ask(() => terms.shown(url, v1, v2, rest, now()))
  }

  private unpaid(request: Request, terms: Compiled): Response | Promise<Response> {
    if (this.stage.settings.page && request.method === 'GET') {
      const payer = request.headers.get(PAYER_HEADER)
      if (payer !== null) return this.unsigned(request, terms, payer)
      if (wantsPage(request)) return this.paged(request, terms)
    }
    return this.demanded(request, terms)
  }

  private async paged(request: Request, terms: Compiled): Promise<Response> {
    const { explained } = await import('./page/index.js')
    const view = read<PageView>(this.stage.core.ask(() => terms.page(request.url)))
    return this.demanded(request, terms, undefined, 'code' in view ? undefined : explained(view))
  }

  /** What the page has a wallet sign. */
  private unsigned(request: Request, terms: Compiled, payer: string): Response {
    try {
      const text = this.stage.core.ask(() => terms.unsigned(request.url, payer, now()))
      const told = read<object>(text)
      if ('code' in told) return this.refused(request, told)
      return this.dressed(new Response(text, { headers: { 'content-type': 'application/json' } }), request)
    } catch (thrown) {
      if (!(thrown instanceof PaymentError) || thrown.code !== 'misuse/options') throw thrown
      return this.refused(request, { code: 'sale/malformed', facts: thrown.facts })
    }
  }

  private refused(request: Request, { code, facts }: Refusal): Response {
    return this.dressed(refused(code, facts), request)
  }

  /** Asks for payment, by a page or as programs read it, and says why a payment was not taken. */
  private demanded(
    request: Request,
    terms: Compiled,
    why?: Refusal,
    page?: Response,
    more: SaleHeader[] = [],
  ): Response {
    const text = this.stage.core.ask(() => terms.challenge(request.url, why?.code, why?.facts, now()))
    const challenge = read<{ header: string; body: string }>(text)
    // A path with two readings is not sold, and nobody is asked to pay for it.
    if ('code' in challenge) return this.refused(request, challenge)
    const { header, body } = challenge
    const response = page ?? new Response(body, { status: 402, headers: { 'content-type': 'application/json' } })
    return this.dressed(response, request, [...more, ['PAYMENT-REQUIRED', header]])
  }

  private turnedAway(request: Request, terms: Compiled, why: Refusal): Response {
    const status: number = SALE_CODES[why.code].status
    return status === 402 ? this.demanded(request, terms, why) : this.refused(request, why)
  }

  /** The whole body: the payment is bound to it. */
  private async bodyOf(request: Request): Promise<{ bytes: Uint8Array<ArrayBuffer> } | Refusal> {
    const { maxBodyBytes, handlerTimeoutMs } = this.stage.settings
    if (request.bodyUsed)
      throw new PaymentError('misuse/options', { doing: 'sell', facts: 'the body was read before the paywall saw it' })
    const tooLarge: Refusal = { code: 'sale/body-too-large', facts: `limit ${maxBodyBytes} bytes` }
    if (Number(request.headers.get('content-length') ?? 0) > maxBodyBytes) return tooLarge
    try {
      const bytes = await within(bodyUpTo(request, maxBodyBytes), handlerTimeoutMs)
      return bytes ? { bytes: bytes as Uint8Array<ArrayBuffer> } : tooLarge
    } catch {
      return { code: 'sale/malformed', facts: 'the body did not arrive' }
    }
  }

  private async sold(
    request: Request,
    rest: unknown[],
    shown: Shown,
    bytes: Uint8Array<ArrayBuffer>,
    terms: Compiled,
    release: () => void,
  ): Promise<Response> {
    const { core, settings } = this.stage
    // Its body was read: everybody who looks at the request gets one of their own. Frameworks have Requests of their own.
    const Kind = request.constructor as typeof Request
    const bare = bytes.byteLength === 0 && !request.bodyUsed
    const copy = () => (bare ? request : new Kind(request, { body: bytes }))
    const whole = async (serve: (early: Response) => void): Promise<Response> => {
      try {
        const sale = core.ask(() => shown.sale(bytes))
        const ended = await carriedOut(this.stage, sale, {
          request: copy,
          work: (payment) => this.handler(copy(), payment, ...rest),
          serve: (response, more) => serve(this.dressed(response, request, more)),
        })
        reported(settings, ended.report)
        return this.delivered(request, terms, ended)
      } catch (cause) {
        // The core trapped, wherever it stood: the store knows, and the same payment may be shown again.
        reported(settings, { code: 'sale/store-late', cause })
        return this.dressed(refused('sale/store-late'), request)
      } finally {
        release()
      }
    }
    return new Promise((resolve) => {
      const over = whole(resolve).then(resolve)
      // To its end, also when the buyer has hung up: half a settlement is an unknown one. A platform that cannot does not
      // undo what has begun.
      try {
        keeperOf(settings.waitUntil, rest)?.(over)
      } catch {}
    })
  }

  private delivered(request: Request, terms: Compiled, { answer, work, hook, isLate }: Ended): Response {
    if (hook) return this.dressed(ours(hook), request)
    switch (answer.from) {
      case 'work':
        if (!work) return this.dressed(refused('sale/handler-failed', '', undefined, isLate ? 504 : 500), request)
        return this.dressed(work, request, answer.headers)
      case 'stored':
        return this.dressed(responseOf(answer.result), request, answer.headers)
      case 'hook':
      case 'paywall': {
        const { code, facts, paymentId, status, headers } = answer
        if (!answer.challenge) return this.dressed(refused(code, facts, paymentId, status), request, headers)
        return this.demanded(request, terms, { code, facts }, undefined, headers)
      }
      case 'nothing':
        // Somebody else has the answer already.
        return new Response(null, { status: 204 })
    }
  }

  /** The seller's own mistake: told to the seller, and nothing sold. */
  private broken(request: Request, cause: unknown): Response {
    reported(this.stage.settings, { code: 'sale/setup', cause })
    return this.dressed(refused('sale/setup'), request)
  }

  private dressed(response: Response, request: Request, headers: readonly SaleHeader[] = []): Response {
    return dressed(response, request, this.stage.settings.cors, headers)
  }
}

// Our own text: what was asked for, or why not.
const read = <T extends object>(text: string): T | Refusal => JSON.parse(text) as T | Refusal

type Keeper = (promise: Promise<unknown>) => void

/** Whoever keeps the process: named, or the platform's context among what it passed. */
function keeperOf(named: Keeper | undefined, rest: unknown[]): Keeper | undefined {
  if (named) return named
  const keeps = (given: unknown): given is { waitUntil: Keeper } =>
    typeof (given as { waitUntil?: unknown } | null)?.waitUntil === 'function'
  const context = [...rest].reverse().find(keeps)
  return context && ((promise) => context.waitUntil(promise))
}
