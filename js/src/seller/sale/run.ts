/**
 * One sale: steps of the core in, each carried out and told, the buyer's answer out. Decides nothing.
 */
import { PaymentError } from '../../errors.js'
import type { Sale } from '../../generated/farthing_seller.js'
import type { Buyer, Payment, SaleAnswer, SaleHeader, SaleReport, SaleStep } from '../../generated/sale.js'
import { freed } from '../../instance.js'
import { within } from '../../limits.js'
import { now } from '../../purchase/context.js'
import { stepOf } from '../../step.js'
import type { Core } from '../core.js'
import type { Settings } from '../options.js'
import type { Outside } from './outside.js'
import { isResponse, type Paid, type Worked, worked } from './work.js'

/** What became of a sale, and what was thrown on the way. */
export type Told = Partial<SaleReport> & {
  /** What the handler, the store or somebody outside threw: the seller's own business, and not redacted. */
  cause?: unknown
}

/** What a sale is carried out with. */
export type Stage = { core: Core; settings: Settings; outside: Outside }

/** What the request's side of a sale does; a sale that is only finished has none. */
export type Counter = {
  /** A copy of the request, its body whole. */
  request(): Request
  work(payment: Paid): Response | Promise<Response>
  /** Answers before the sale is over. */
  serve(response: Response, headers: readonly SaleHeader[]): void
}

/** How a sale ended: the core's answer, and the Responses that it may speak of. */
export type Ended = {
  answer: SaleAnswer
  report: Told
  /** What the handler returned. */
  work: Response | undefined
  /** Whether its time was over before it returned anything. */
  isLate: boolean
  /** What `admit` returned. */
  hook: Response | undefined
}

/** Carries a sale out. Rejects only when the core itself traps: then nobody knows but the store. */
export async function carriedOut(stage: Stage, sale: Sale, counter?: Counter): Promise<Ended> {
  try {
    return await new Run(stage, sale, counter).toEnd()
  } finally {
    freed(sale)
  }
}

type Step<D extends SaleStep['do']> = Extract<SaleStep, { do: D }>

class Run {
  private readonly stage: Stage
  private readonly sale: Sale
  private readonly counter: Counter | undefined
  private buyer: Buyer | undefined
  private work: Worked | undefined
  private hook: Response | undefined
  private cause: unknown

  constructor(stage: Stage, sale: Sale, counter: Counter | undefined) {
    this.stage = stage
    this.sale = sale
    this.counter = counter
  }

  async toEnd(): Promise<Ended> {
    let step = this.told(() => this.sale.first(now()))
    while (step.do !== 'done') step = await this.next(step)
    const { answer, report } = step
    const { cause, hook } = this
    return {
      answer,
      report: cause === undefined ? report : { ...report, cause },
      work: this.work?.response,
      isLate: this.work?.status === 504,
      hook,
    }
  }

  private async next(step: Exclude<SaleStep, { do: 'done' }>): Promise<SaleStep> {
    const { sale } = this
    const { store } = this.stage.settings
    switch (step.do) {
      case 'admit':
        return this.admit(step.buyer)
      case 'load':
        return this.stored(
          () => store.read(step.query),
          ({ entries }) => sale.onLoaded(entries[0] && JSON.stringify(entries[0]), now()),
        )
      case 'reserve':
        return this.stored(
          () => store.reserve(step.intent),
          (said) => {
            const key = 'key' in said ? said.key : undefined
            return sale.onReserved(said.kind, key, 'used' in said ? said.used : undefined, now())
          },
        )
      case 'advance':
        return this.stored(
          () => store.advance(step.from, step.entry),
          (confirmed) => sale.onAdvanced(confirmed === true, now()),
        )
      case 'fetch':
      case 'call': {
        const { outside } = this.stage
        const { status, bytes, failure } = await (step.do === 'fetch' ? outside.fetch(step) : outside.call(step))
        if (failure !== undefined) this.cause = failure
        return this.told(() => sale.onAnswer(status, bytes, now()))
      }
      case 'verify-certificate':
        return this.operator(step)
      case 'work':
        return this.working(step.payment)
      case 'serve':
        if (this.work?.response) this.counter?.serve(this.work.response, step.headers)
        return this.told(() => sale.onServed(now()))
    }
  }

  /** Asks the seller's own code. Whoever fails to say yes says no. */
  private async admit(buyer: Buyer): Promise<SaleStep> {
    const { admit, timeoutMs } = this.stage.settings
    const { counter, sale } = this
    this.buyer = buyer
    let yes = admit === undefined || counter === undefined
    if (admit && counter) {
      try {
        const said = await within((async () => admit(buyer, counter.request()))(), timeoutMs)
        yes = said === undefined || said === true
        if (isResponse(said)) this.hook = said
      } catch (cause) {
        this.cause = cause
      }
    }
    return this.told(() => sale.onAdmitted(yes, now()))
  }

  private async working(payment: Payment): Promise<SaleStep> {
    const { buyer, counter, sale } = this
    const { settings } = this.stage
    // A sale that is only finished has no handler, and the core admits before work: neither is asked otherwise.
    const nobody = () => Promise.reject(new PaymentError('misuse/out-of-order'))
    this.work = await worked((signal) => {
      if (!buyer || !counter) return nobody()
      const { agent, signIn } = buyer
      return counter.work({ ...payment, ...(signIn && { signIn }), agent, signal })
    }, settings)
    const { status, result, cause } = this.work
    if (cause !== undefined) this.cause = cause
    return this.told(() => sale.onWorked(status, result, now()))
  }

  private async operator(step: Step<'verify-certificate'>): Promise<SaleStep> {
    const problem = await this.stage.outside.operator(step).catch((cause: unknown) => {
      this.cause = cause
      return 'certificate/unchecked'
    })
    return this.told(() => this.sale.onCertificate(problem, now()))
  }

  private async stored<T>(act: () => Promise<T>, tell: (result: T) => string): Promise<SaleStep> {
    let result: T
    try {
      result = await within((async () => act())(), this.stage.settings.timeoutMs)
    } catch (cause) {
      this.cause = cause
      return this.told(() => this.sale.onTrouble(now()))
    }
    return this.told(() => tell(result))
  }

  private told(tell: () => string): SaleStep {
    return stepOf(this.stage.core.ask(tell))
  }
}
