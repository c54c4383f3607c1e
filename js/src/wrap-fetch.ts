import { PaymentError } from './errors.js'
import type { PaymentRecord } from './generated/wire.js'
import { Overdue, within } from './limits.js'
import { load } from './load.js'
import { currentInstance, guarded } from './instance.js'
import { type Context, parseRecord, pay, type Paid, type Quote, quote } from './pay.js'
import type { PinnedAsset, PinnedCore, Policy } from './policy.js'
import { type PayInit, type Replayable, replayable } from './request.js'
import { memoryStore } from './store/memory.js'
import type { Store } from './store/store.js'
import { walletOf, type WalletLike } from './wallet/foreign.js'

/** Options of {@link wrapFetch}. */
export type WrapFetchOptions = {
  /** Who signs: {@link localWallet}, {@link injectedWallet}, a viem account or wallet client, an ethers signer. */
  wallet: WalletLike
  /** Spending rules. Left out: 0.10 USD a request, 1 USD a day, pinned tokens, ordinary https hosts. */
  policy?: Policy | undefined
  /** Tokens besides the pinned ones. */
  assets?: PinnedAsset[] | undefined
  /** 4Mica cores besides the published ones. */
  cores?: PinnedCore[] | undefined
  /** Where purchases and budgets live. Default: memory, forgotten with this process. */
  store?: Store | undefined
  /** Largest request body that is kept for sending twice. Default 1 MiB. */
  maxBodyBytes?: number | undefined
  /** Stops waiting for the store or for 4Mica Core. Default 10 000. */
  timeoutMs?: number | undefined
  /** Stops waiting for a wallet and the person behind it. Default 120 000. */
  walletTimeoutMs?: number | undefined
}

/** A fetch that pays. */
export type PayingFetch = {
  (input: RequestInfo | URL, init?: PayInit): Promise<Response>
  /** Terms and decision without paying: no wallet is asked, nothing is reserved or written. Throws {@link PaymentError} when the policy says no. */
  quote(input: RequestInfo | URL, init?: PayInit): Promise<Quote>
  /** What was paid for a response of this fetch; `undefined` when nothing was. */
  recordOf(response: Response): PaymentRecord | undefined
  /** Every purchase the store knows, oldest first. */
  records(): Promise<PaymentRecord[]>
  /** The policy in force: canonical JSON, and its hash, which is in every record. */
  readonly policy: { readonly json: string; readonly hash: string }
}

/**
 * Wraps a fetch so that it pays 402 answers under a policy. Everything else passes through untouched.
 *
 * Errors: {@link PaymentError} `misuse/…` when the options make no sense or WebAssembly does not start.
 */
export async function wrapFetch(fetch: typeof globalThis.fetch, options: WrapFetchOptions): Promise<PayingFetch> {
  const { policy, assets, cores } = options
  const wallet = walletOf(options.wallet)
  if (!wallet) throw new PaymentError('misuse/options', { facts: 'wallet' })
  const glue = await load().catch((cause: unknown) => {
    throw new PaymentError('misuse/start-up', { cause })
  })
  const text = new TextEncoder().encode(JSON.stringify({ policy, assets, cores }))
  let made = { in: currentInstance(), payer: guarded(() => new glue.Payer(text)) }
  const payer = () => {
    if (made.in !== currentInstance()) made = { in: currentInstance(), payer: guarded(() => new glue.Payer(text)) }
    return made.payer
  }
  const context: Context = {
    // Taken now: whoever patches the global later does not see payments (threats X10).
    fetch: (input, init) => fetch(input, init),
    payer,
    wallet,
    store: options.store ?? memoryStore(),
    maxBodyBytes: positive(options.maxBodyBytes, 'maxBodyBytes') ?? 1024 * 1024,
    timeoutMs: positive(options.timeoutMs, 'timeoutMs') ?? 10_000,
    walletTimeoutMs: positive(options.walletTimeoutMs, 'walletTimeoutMs') ?? 120_000,
  }
  return payingFetch(context, { json: payer().policy, hash: payer().policyHash })
}

function payingFetch(context: Context, policy: { json: string; hash: string }): PayingFetch {
  const records = new WeakMap<Response, PaymentRecord>()
  const underway = new Map<string, Underway>()

  /** Callers of one purchase id at once share one run; each gets a response of its own. */
  async function start(input: RequestInfo | URL, init: PayInit): Promise<Paid> {
    const { purchaseId: id, task } = init
    const request = await replayable(input, init, context.maxBodyBytes)
    if (id === undefined) return pay(context, request, init)
    const other = underway.get(id)
    if (other && other.untilMs > Date.now()) {
      if (other.task !== task || !isSame(other.request, request)) throw new PaymentError('purchase/id-conflict')
      other.isShared = true
      return (await joined(other, request.signal))()
    }
    const untilMs = Date.now() + context.timeoutMs + context.walletTimeoutMs
    const run = { request, task, untilMs, isShared: false }
    const forget = () => underway.get(id)?.request === request && underway.delete(id)
    const ended = pay(context, request, init).finally(forget)
    const copies = ended.then((paid) => (run.isShared ? copiesOf(paid) : () => paid))
    underway.set(id, Object.assign(run, { copies }))
    return (await copies)()
  }

  /**
   * Waits for somebody else's run, as long as a person may take. In Workers the request that started it can be
   * cancelled, and then nobody ever answers: the store knows what was signed, and the next call asks it.
   */
  async function joined({ copies }: Underway, signal: AbortSignal | null): Promise<() => Paid> {
    try {
      return await within(copies, context.timeoutMs + context.walletTimeoutMs, signal)
    } catch (cause) {
      if (signal?.aborted) throw new PaymentError('request/aborted', { cause })
      if (cause instanceof Overdue) throw new PaymentError('purchase/in-progress', { cause })
      throw cause
    }
  }

  const paying = async (input: RequestInfo | URL, init: PayInit = {}): Promise<Response> => {
    const { response, record } = await start(input, init)
    if (record) records.set(response, record)
    return response
  }
  return Object.assign(paying, {
    quote: async (input: RequestInfo | URL, init: PayInit = {}) =>
      quote(context, await replayable(input, init, context.maxBodyBytes), init),
    recordOf: (response: Response) => records.get(response),
    records: async () => (await context.store.list()).map(({ record }) => parseRecord(record)),
    policy: Object.freeze(policy),
  })
}

/** A run of one purchase id, and whether anybody else waits for it. */
type Underway = {
  request: Replayable
  task: string | undefined
  isShared: boolean
  /** When nobody waits for it any more. */
  untilMs: number
  copies: Promise<() => Paid>
}

/**
 * The answer read whole, as often as it is wanted. Clones would not do: a Worker may read a stream only in the
 * request that opened it. An answer that breaks off breaks off for everybody, with its record.
 */
async function copiesOf({ response, record }: Paid): Promise<() => Paid> {
  const { status, statusText, headers } = response
  const bytes = await response.arrayBuffer().catch((cause: unknown) => ({ cause }))
  const body = () => {
    if ('cause' in bytes) return new ReadableStream({ start: (controller) => controller.error(bytes.cause) })
    // Some statuses forbid even an empty body.
    return bytes.byteLength > 0 ? bytes : null
  }
  return () => ({ response: new Response(body(), { status, statusText, headers }), record })
}

function isSame(left: Replayable, right: Replayable): boolean {
  const sameBody = left.body.length === right.body.length && left.body.every((byte, at) => byte === right.body[at])
  return left.method === right.method && left.url === right.url && sameBody
}

function positive(value: number | undefined, field: string): number | undefined {
  if (value !== undefined && !(value > 0 && value <= 2 ** 31 - 1))
    throw new PaymentError('misuse/options', { facts: field })
  return value
}
