/**
 * What a route asks for: terms as the seller wrote them in, compiled terms out. Static terms are compiled once.
 *
 * Knows no price: the core reads, rounds and refuses. Whatever goes wrong here is told to the seller and sells nothing.
 */
import { PaymentError } from '../errors.js'
import type { Terms as Compiled } from '../generated/farthing_seller.js'
import { freed } from '../instance.js'
import { within } from '../limits.js'
import type { Money } from '../policy.js'
import type { Core } from './core.js'
import { misuse, type Scheme } from './options.js'

/**
 * When the work is handed out. `settle-first`: settled, then worked. `verify-first`: verified, worked, settled.
 * `optimistic`: worked and handed out, then settled, as long as what a payer has unsettled stays under the cap.
 */
export type Release = 'settle-first' | 'verify-first' | { optimistic: { cap: Money } }

/** One way to pay. */
export type Accepts = {
  /** Default `exact`. */
  scheme?: Scheme | undefined
  /** CAIP-2: `eip155:8453`. */
  network: string
  /** Who is paid. */
  payTo: string
  /** `0.01 USD`, rounded up to the token's unit, or a number of units of one token. Never zero: that is `free`. */
  price: Money | { amount: bigint | `${bigint}`; asset: string }
  /** Token. Default: the first pinned one of the network. */
  asset?: string | undefined
  /** Seconds a payment may be valid, 6 to 3 600. Default 300. */
  maxTimeoutSeconds?: number | undefined
  /** What a core of 4Mica wants known; nothing for `exact`. */
  extra?: object | undefined
}

/** What a resource costs and what it is. */
export type Offer = {
  accepts: Accepts | readonly Accepts[]
  /** What is sold, for people. */
  description?: string | undefined
  /** Content type of the result. */
  mimeType?: string | undefined
  serviceName?: string | undefined
  tags?: readonly string[] | undefined
  iconUrl?: string | undefined
  /** Further x402 extensions, as they are written. */
  extensions?: { readonly [key: string]: unknown } | undefined
  /** In place of the paywall's. */
  release?: Release | undefined
  /** A price below this is a mistake, answered with 500: for prices that are computed. */
  floor?: Money | undefined
}

/** One way to pay, or everything about a resource. */
export type Terms = Accepts | Offer

/** Terms, or a function that looks at the request. `'free'` costs nothing. */
export type TermsOf = Terms | ((request: Request) => Terms | 'free' | Promise<Terms | 'free'>)

/** The terms of one guarded handler. */
export type Route = {
  /** Those of a request, until they are released; rejects with {@link Unpriced} when the seller's code cannot tell them. */
  terms(request: Request): Promise<'free' | { compiled: Compiled; release: () => void }>
  /** Compiles what can be compiled without a request. */
  ready(): Promise<void>
}

/** The seller's code could not tell a price. */
export class Unpriced extends Error {
  override readonly name = 'Unpriced'
}

/** The terms of a route. Throws `misuse/options` for what are no terms at all. */
export function routeOf(core: Core, terms: TermsOf, timeoutMs: number): Route {
  if (typeof terms !== 'function') {
    const text = textOf(terms)
    const compiled = core.kept((paywall) => paywall.terms(text))
    return {
      terms: async () => ({ compiled: await compiled(), release: () => {} }),
      ready: async () => void (await compiled()),
    }
  }
  return {
    async terms(request) {
      try {
        const found = await within((async () => terms(request))(), timeoutMs)
        if (found === 'free') return found
        const text = textOf(found)
        const paywall = await core.started()
        const compiled = core.ask(() => paywall.terms(text))
        return { compiled, release: () => freed(compiled) }
      } catch (cause) {
        throw new Unpriced('cannot tell the price', { cause })
      }
    },
    ready: async () => {},
  }
}

/** As the core reads them. Throws {@link PaymentError} `misuse/options` for what are no terms at all. */
function textOf(terms: Terms): string {
  if (typeof terms !== 'object' || terms === null) throw misuse('terms')
  const { accepts, ...rest }: Offer = 'accepts' in terms ? terms : { accepts: terms }
  const list = Array.isArray(accepts) ? accepts : [accepts]
  try {
    const exact = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
    return JSON.stringify({ ...rest, accepts: list }, exact)
  } catch (cause) {
    throw new PaymentError('misuse/options', { doing: 'set up the paywall', facts: 'terms', cause })
  }
}
