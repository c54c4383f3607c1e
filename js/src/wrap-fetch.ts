import { PaymentError } from './errors.js'
import type { BudgetUse, PaymentRecord } from './generated/wire.js'
import { load } from './load.js'
import { currentInstance, guarded, startUpFailed } from './instance.js'
import { positive, within } from './limits.js'
import { stopPayments } from './owner/stop.js'
import type { PinnedAsset, PinnedCore, Policy } from './policy.js'
import {
  type Approve,
  type Context,
  type Decision,
  type GuaranteeAccount,
  type Paid,
  parseRecord,
  type Quote,
} from './purchase/context.js'
import { explain, quote } from './purchase/decision.js'
import { documents } from './purchase/documents.js'
import { remaining } from './purchase/remaining.js'
import { type PayInit, type Purpose, replayable } from './purchase/request.js'
import { run } from './purchase/run.js'
import { sharing } from './purchase/sharing.js'
import { offsetsOf } from './purchase/zones.js'
import { entriesOf } from './store/entries.js'
import { memoryStore } from './store/memory.js'
import type { Store } from './store/store.js'
import { walletOf, type WalletLike } from './wallet/foreign.js'

/** Options of {@link wrapFetch}. */
export type WrapFetchOptions = {
  /** Who signs: {@link localWallet}, {@link injectedWallet}, a viem account or wallet client, an ethers signer. */
  wallet: WalletLike
  /** Spending rules. Left out: 0.10 USD a request, 1 USD a day, pinned tokens, ordinary https hosts. */
  policy?: Policy | undefined
  /** `observe` decides and records, and never pays: the 402 goes to the caller. Default `pay`. */
  mode?: 'pay' | 'observe' | undefined
  /** Answers what the policy wants the owner asked, at once. Left out: the question stays open in the store. */
  approve?: Approve | undefined
  /** Agent of purchases that name none. */
  agent?: string | undefined
  /** Session of purchases that name none. */
  session?: string | undefined
  /** Tokens besides the pinned ones. */
  assets?: PinnedAsset[] | undefined
  /** The payer's 4Mica account, from `openAccount` of `farthing/4mica`: cores of generation 4 want its login. */
  account?: GuaranteeAccount | undefined
  /** 4Mica cores besides the published ones. */
  cores?: PinnedCore[] | undefined
  /** Where purchases and budgets live. Default: memory, forgotten with this process. */
  store?: Store | undefined
  /** Largest request body that is kept for sending twice. Default 1 MiB. */
  maxBodyBytes?: number | undefined
  /** Stops waiting for the store or for 4Mica Core. Default 10 000. */
  timeoutMs?: number | undefined
  /** Stops waiting for a wallet, or an owner, and the person behind it. Default 120 000. */
  walletTimeoutMs?: number | undefined
}

/** A fetch that pays. */
export type PayingFetch = {
  (input: RequestInfo | URL, init?: PayInit): Promise<Response>
  /**
   * Terms and decision without paying: no wallet is asked, nothing is reserved or written. `pay(url, { quote })` then
   * pays on exactly these terms. Throws {@link PaymentError} when the policy says no.
   */
  quote(input: RequestInfo | URL, init?: PayInit): Promise<Quote>
  /** What the policy says to a challenge (a `PAYMENT-REQUIRED` header, or a 402 body) for a URL. Asks nobody outside. */
  explain(url: string | URL, challenge: string | object, init?: PayInit): Promise<Decision>
  /**
   * Goes on with a purchase of an earlier run: presents the identical payment, or pays what was approved meanwhile.
   * `init` repeats what the record does not keep: headers, body.
   */
  resume(purchaseId: string, init?: PayInit): Promise<Response>
  /** What was paid for a response of this fetch; `undefined` when nothing was. */
  recordOf(response: Response): PaymentRecord | undefined
  /** Every purchase the store knows, oldest first. */
  records(): Promise<PaymentRecord[]>
  /** What is left of the budgets, for a purpose and a seller's URL; without a seller, of those that are not per seller. */
  remaining(
    purpose?: Pick<PayInit, 'task' | 'agent' | 'session' | 'category'>,
    seller?: string | URL,
  ): Promise<BudgetUse[]>
  /**
   * The kill switch. At once for this handle, up to the call of the signer; for every other handle of the same store
   * from its next reservation on, until `resumePayments(store)`. Rejects when the store could not be told; this handle is stopped all the same.
   */
  stop(reason?: string): Promise<void>
  /** The policy in force: canonical JSON, and its hash, which is in every record. */
  readonly policy: { readonly json: string; readonly hash: string }
}

/**
 * Wraps a fetch so that it pays 402 answers under a policy. Everything else passes through untouched.
 *
 * Errors: {@link PaymentError} `misuse/…` when the options make no sense or WebAssembly does not start; `sign/key` for a
 * key out of the curve's range.
 */
export async function wrapFetch(fetch: typeof globalThis.fetch, options: WrapFetchOptions): Promise<PayingFetch> {
  const { policy, assets, cores, mode = 'pay', approve, agent, session, store = memoryStore() } = options
  const wallet = walletOf(options.wallet)
  if (!wallet) throw new PaymentError('misuse/options', { facts: 'wallet' })
  if (mode !== 'pay' && mode !== 'observe') throw new PaymentError('misuse/options', { facts: 'mode' })
  const glue = await load().catch((cause: unknown) => {
    throw startUpFailed(cause)
  })
  const text = new TextEncoder().encode(JSON.stringify({ policy, assets, cores, store: store.durability }))
  let made = { in: currentInstance(), payer: guarded(() => new glue.Payer(text)) }
  const payer = () => {
    if (made.in !== currentInstance()) made = { in: currentInstance(), payer: guarded(() => new glue.Payer(text)) }
    return made.payer
  }
  // A time zone that this platform does not know, or a key that is none, is told now, not at the first purchase; and what
  // a key takes to start, 3 ms, is not waited for there.
  offsetsOf(payer().zones, new Date())
  if (wallet.kind === 'local') await wallet.key()
  const context: Context = {
    // Taken now: whoever patches the global later does not see payments (threats X10).
    fetch: (input, init) => fetch(input, init),
    payer,
    wallet,
    store,
    documents: documents(),
    mode,
    labels: { agent, session },
    approve,
    account: options.account,
    stopped: false,
    maxBodyBytes: positive(options.maxBodyBytes, 'maxBodyBytes') ?? 1024 * 1024,
    timeoutMs: positive(options.timeoutMs, 'timeoutMs') ?? 10_000,
    walletTimeoutMs: positive(options.walletTimeoutMs, 'walletTimeoutMs') ?? 120_000,
  }
  return payingFetch(context, { json: payer().policy, hash: payer().policyHash })
}

function payingFetch(context: Context, policy: { json: string; hash: string }): PayingFetch {
  const { store, maxBodyBytes } = context
  const records = new WeakMap<Response, PaymentRecord>()
  const share = sharing(context.timeoutMs + context.walletTimeoutMs)

  async function start(input: RequestInfo | URL, init: PayInit): Promise<Paid> {
    const { purchaseId: id, task } = init
    const request = await replayable(input, init, maxBodyBytes)
    const pay = async () => {
      const ended = await run(context, context.mode, request, init)
      if ('quoted' in ended) throw new PaymentError('misuse/out-of-order')
      return ended
    }
    if (id === undefined) return pay()
    // Tabs wait for each other where the platform lets them; the store would refuse the second one anyway.
    return share(id, task, request, () => (store.exclusive ? store.exclusive(id, pay) : pay()))
  }

  const paying = async (input: RequestInfo | URL, init: PayInit = {}): Promise<Response> => {
    const { response, record } = await start(input, init)
    if (record) records.set(response, record)
    return response
  }
  return Object.assign(paying, {
    quote: async (input: RequestInfo | URL, init: PayInit = {}) =>
      quote(context, await replayable(input, init, maxBodyBytes), init),
    explain: async (url: string | URL, challenge: string | object, init: PayInit = {}) =>
      explain(context, challenge, await replayable(url, init, maxBodyBytes), init),
    resume: async (purchaseId: string, init: PayInit = {}) => {
      const { url, record } = await kept(store, purchaseId)
      const { task, reason, agent, session, category, method } = record.request
      return paying(url, { method, task, reason, agent, session, category, ...init, purchaseId })
    },
    recordOf: (response: Response) => records.get(response),
    records: () => recordsOf(store),
    remaining: (purpose: Purpose = {}, seller?: string | URL) => remaining(context, purpose, seller),
    stop: (reason?: string) => {
      context.stopped = true
      return within(stopPayments(store, reason), context.timeoutMs)
    },
    policy: Object.freeze(policy),
  })
}

async function recordsOf(store: Store): Promise<PaymentRecord[]> {
  const records: PaymentRecord[] = []
  for await (const { record } of entriesOf(store)) records.push(parseRecord(record))
  return records
}

/** The record of a purchase, and the whole URL, which only the sealed part has. */
async function kept(store: Store, purchaseId: string): Promise<{ url: string; record: PaymentRecord }> {
  const { entries } = await store.read({ purchaseId, notes: [], holds: [] })
  const [entry] = entries
  if (!entry) throw new PaymentError('misuse/options', { facts: `purchaseId ${purchaseId}: the store has none` })
  const record = parseRecord(entry.record)
  const sealed = entry.sealed === undefined ? {} : (JSON.parse(entry.sealed) as { url?: unknown })
  // Finished purchases keep no URL with its query; the core says what became of them.
  return { url: typeof sealed.url === 'string' ? sealed.url : record.request.seller + record.request.path, record }
}
