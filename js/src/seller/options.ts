/**
 * What a paywall is told: types, and what it takes for what is left out. Prices, addresses and rules are the core's to
 * judge; here is only what the driver itself uses.
 */
import { PaymentError } from '../errors.js'
import type { Buyer } from '../generated/sale.js'
import { positive } from '../limits.js'
import type { RpcNode } from '../owner/node.js'
import type { Money, PinnedAsset, PinnedCore } from '../policy.js'
import type { Store } from '../store/store.js'
import type { FacilitatorOptions } from './sale/outside.js'
import type { Told } from './sale/run.js'
import type { Release, TermsOf } from './terms.js'

/** Options of {@link paywall}. */
export type PaywallOptions<T extends TermsOf = TermsOf> = {
  /** What is asked for: one price, several ways to pay, or a function of the request. Left out where each route has its own. */
  terms?: T | undefined
  /** Who verifies and settles; a URL, options, or one for each scheme. */
  facilitator:
    | string
    | FacilitatorOptions
    | {
        exact?: string | FacilitatorOptions | undefined
        '4mica-credit'?: string | FacilitatorOptions | undefined
      }
  /** Where sales are claimed and kept. The seller's own, shared by all its processes and by no payer. */
  store: Store
  /** When the work is handed out. Default `verify-first`: verified, worked, settled, handed out. */
  release?: Release | undefined
  /** Your nodes, by CAIP-2 network. With one, an unclear settlement is cleared up from the chain. */
  rpc?: { readonly [network: string]: RpcNode } | undefined
  /** From this price on a facilitator's word is believed only after the chain shows the transfer. Needs `rpc`. */
  evidenceAbove?: Money | undefined
  /** Public origin, where a proxy stands in front: `https://api.example.com`. Default: the request's own. */
  origin?: string | undefined
  /** Whose pages may pay: everybody's (default), those of these origins, or `false` where you answer CORS yourself. */
  cors?: false | '*' | readonly string[] | undefined
  /** Whether a person with a browser gets a page that explains, and pays by their wallet. Default true. */
  page?: boolean | undefined
  /** Asked once a payment is verified here, before anything is stored, asked or done: `false` or a Response turns it away. */
  admit?: ((buyer: Buyer, request: Request) => Admission | Promise<Admission>) | undefined
  /** Advertises `sign-in-with-x`, and verifies it where it is sent. */
  signIn?: boolean | { statement?: string | undefined } | undefined
  /** Advertises `payment-identifier`, and keeps to it. */
  paymentIdentifier?: 'optional' | 'required' | undefined
  /** 4Mica cores besides the published ones. */
  cores?: readonly PinnedCore[] | undefined
  /** Tokens besides the pinned ones. */
  assets?: readonly PinnedAsset[] | undefined
  /** Told the end of every sale, for the seller's log. Nothing in it is secret but what your own code threw (`cause`). */
  report?: ((report: Told) => void) | undefined
  /** Keeps the process until a promise is over. Default: the last argument of the request that has a `waitUntil`. */
  waitUntil?: ((promise: Promise<unknown>) => void) | undefined
  /** Stops waiting for the request's body, and for the handler. Default 30 000. */
  handlerTimeoutMs?: number | undefined
  /** Stops waiting for store, facilitator, core, node or `admit`. Default 10 000. */
  timeoutMs?: number | undefined
  /** Largest body of a paid request. Default 1 MiB. */
  maxBodyBytes?: number | undefined
  /** Largest result kept, so that the same payment gets it again. Default 64 KiB, at most 256 KiB. */
  maxResultBytes?: number | undefined
  /** How long after its settlement a kept result is handed out again. Default 3 600, at most a year; 0: once. */
  resultSeconds?: number | undefined
  /** Default: the platform's. */
  fetch?: typeof globalThis.fetch | undefined
}

/** Whether a buyer is served. Nothing is yes. */
export type Admission = boolean | Response | void

type Defaulted =
  'cors' | 'page' | 'release' | 'cores' | 'assets' | 'rpc' | 'fetch' | `${string}TimeoutMs` | `max${string}`
type Filled<T> = { [K in keyof T]-?: K extends Defaulted | 'timeoutMs' ? NonNullable<T[K]> : T[K] }

/** The options as the driver uses them. */
export type Settings = Omit<Filled<PaywallOptions>, 'terms' | 'facilitator'> & {
  facilitators: { readonly [scheme in Scheme]?: FacilitatorOptions }
}

/** How it is paid. */
export type Scheme = 'exact' | '4mica-credit'

const SCHEMES: readonly Scheme[] = ['exact', '4mica-credit']
const KNOWN = [
  ...['terms', 'facilitator', 'store', 'release', 'rpc', 'evidenceAbove', 'origin', 'cors', 'page', 'admit', 'signIn'],
  ...['paymentIdentifier', 'cores', 'assets', 'report', 'waitUntil', 'handlerTimeoutMs', 'timeoutMs', 'maxBodyBytes'],
  ...['maxResultBytes', 'resultSeconds', 'fetch'],
]
const MAX_RESULT_BYTES = 256 * 1024

/** Reads each option once. Throws {@link PaymentError} `misuse/options`, naming the first that makes no sense. */
export function settingsOf(options: PaywallOptions): Settings {
  if (typeof options !== 'object' || options === null) throw misuse('options')
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name))
  if (unknown !== undefined) throw misuse(unknown)
  const { store, cors = '*', page = true, admit, report, waitUntil, rpc = {}, maxResultBytes, fetch } = options
  if (typeof store?.reserve !== 'function') throw misuse('store')
  for (const [name, given] of Object.entries({ admit, report, waitUntil, fetch })) {
    if (given !== undefined && typeof given !== 'function') throw misuse(name)
  }
  if (cors !== false && cors !== '*' && !(Array.isArray(cors) && cors.every(isOrigin))) throw misuse('cors')
  if (typeof page !== 'boolean') throw misuse('page')
  if ((maxResultBytes ?? 0) > MAX_RESULT_BYTES) throw misuse('maxResultBytes')
  const send = fetch ?? globalThis.fetch
  return {
    store,
    cors,
    page,
    admit,
    report,
    waitUntil,
    rpc: { ...rpc },
    facilitators: facilitatorsOf(options.facilitator),
    release: options.release ?? 'verify-first',
    evidenceAbove: options.evidenceAbove,
    origin: options.origin,
    signIn: options.signIn,
    paymentIdentifier: options.paymentIdentifier,
    resultSeconds: options.resultSeconds,
    cores: options.cores ?? [],
    assets: options.assets ?? [],
    handlerTimeoutMs: positive(options.handlerTimeoutMs, 'handlerTimeoutMs') ?? 30_000,
    timeoutMs: positive(options.timeoutMs, 'timeoutMs') ?? 10_000,
    maxBodyBytes: positive(options.maxBodyBytes, 'maxBodyBytes') ?? 1024 * 1024,
    maxResultBytes: positive(maxResultBytes, 'maxResultBytes') ?? 64 * 1024,
    // Taken now: whoever patches the global later does not see payments (threats X10).
    fetch: (input, init) => send(input, init),
  }
}

/** The same for the core, which knows neither functions nor bytes. */
export function textOf(settings: Settings): Uint8Array {
  const { assets, cores, release, evidenceAbove, origin, signIn, paymentIdentifier, resultSeconds } = settings
  const { handlerTimeoutMs, facilitators, rpc } = settings
  // The longest of them all: nobody takes a sale over while a slow facilitator may still answer.
  const patience = Object.values(facilitators).map((facilitator) => facilitator.timeoutMs ?? 0)
  const timeoutMs = Math.max(settings.timeoutMs, ...patience)
  const known = Object.entries(facilitators).map(([scheme, { url, x402Version = 2 }]) => [scheme, { url, x402Version }])
  const text = JSON.stringify({
    ...{ assets, cores, release, evidenceAbove, origin, paymentIdentifier, resultSeconds, handlerTimeoutMs, timeoutMs },
    signIn: signIn === false ? undefined : signIn,
    facilitators: Object.fromEntries(known),
    rpc: Object.keys(rpc),
  })
  return new TextEncoder().encode(text)
}

function facilitatorsOf(given: PaywallOptions['facilitator']): Settings['facilitators'] {
  if (typeof given !== 'string' && (typeof given !== 'object' || given === null)) throw misuse('facilitator')
  const isOne = typeof given === 'string' || 'url' in given
  // One for everything serves whatever the terms offer; the core refuses what it cannot.
  const named = isOne ? SCHEMES.map((scheme) => [scheme, given] as const) : Object.entries(given)
  const found = named.flatMap(([scheme, at]) => {
    if (!SCHEMES.includes(scheme as Scheme)) throw misuse(`facilitator.${scheme}`)
    return at === undefined ? [] : [[scheme, facilitatorOf(at, isOne ? 'facilitator' : `facilitator.${scheme}`)]]
  })
  if (found.length === 0) throw misuse('facilitator')
  return Object.fromEntries(found) as Settings['facilitators']
}

function facilitatorOf(given: string | FacilitatorOptions, field: string): FacilitatorOptions {
  const { url, headers, x402Version, timeoutMs }: FacilitatorOptions =
    typeof given === 'string' ? { url: given } : given
  if (typeof url !== 'string') throw misuse(`${field}.url`)
  positive(timeoutMs, `${field}.timeoutMs`)
  return { url, headers, x402Version, timeoutMs }
}

function isOrigin(text: unknown): boolean {
  try {
    return typeof text === 'string' && new URL(text).origin === text
  } catch {
    return false
  }
}

/** The option that makes no sense. */
export const misuse = (field: string): PaymentError =>
  new PaymentError('misuse/options', { doing: 'set up the paywall', facts: field })
