import { problemOf } from './certificate.js'
import { errorOf, PaymentError } from './errors.js'
import type { Purchase, Payer as PayerHandle } from './generated/farthing.js'
import type { Command, Entry, PaymentRecord, Write } from './generated/wire.js'
import { guarded } from './instance.js'
import { challengeBody, readUpTo, within } from './limits.js'
import { type PayInit, type Replayable, send } from './request.js'
import type { Store } from './store/store.js'
import { type Wallet, WalletRefusal } from './wallet/wallet.js'

/** What all purchases of one wrapped fetch share. */
export type Context = {
  fetch: typeof globalThis.fetch
  /** The compiled options; made again when the instance they lived in trapped. */
  payer: () => PayerHandle
  wallet: Wallet
  store: Store
  maxBodyBytes: number
  timeoutMs: number
  walletTimeoutMs: number
}

/** The answer, and what was paid for it. `record` is absent when there was nothing to pay. */
export type Paid = { response: Response; record: PaymentRecord | undefined }

/** What a quote found: nothing to pay, or terms that the policy allows. */
export type Quote = { payable: false; response: Response } | { payable: true; record: PaymentRecord }

// A core's document, or a stranger in its place.
const DOCUMENT_BYTES = 64 * 1024

type Event = Command | Promise<Command>
type Trouble =
  'network' | 'aborted' | 'stopped' | 'store' | 'wallet-rejected' | 'wallet-account' | 'wallet-chain' | 'wallet-failed'

/** How the caller describes a purchase. */
export type Purpose = Pick<PayInit, 'task' | 'reason' | 'purchaseId'>

/** Runs one purchase to its end: does what the core commands, tells it what happened. Decides nothing. */
export async function pay(context: Context, request: Replayable, purpose: Purpose): Promise<Paid> {
  const ended = await run(context, false, request, purpose)
  if ('quoted' in ended) throw new PaymentError('misuse/out-of-order')
  return ended
}

/** Asks for the price and what the policy says to it. Signs nothing, reserves nothing, writes nothing. */
export async function quote(context: Context, request: Replayable, purpose: Purpose): Promise<Quote> {
  const ended = await run(context, true, request, purpose)
  return 'quoted' in ended ? { payable: true, record: ended.quoted } : { payable: false, response: ended.response }
}

async function run(context: Context, asQuote: boolean, request: Replayable, purpose: Purpose) {
  const { method, url, body } = request
  const { purchaseId, task, reason } = purpose
  const purchase = guarded(() => context.payer().purchase(asQuote, method, url, body, purchaseId, task, reason, now()))
  try {
    return await new Run(context, request, purchase).toEnd()
  } finally {
    // A handle of an instance that was replaced is gone already.
    try {
      purchase.free()
    } catch {}
  }
}

class Run {
  /** The latest answer of the seller. */
  private answer: Response | undefined
  private failure: unknown
  private readonly context: Context
  private readonly request: Replayable
  private readonly purchase: Purchase

  constructor(context: Context, request: Replayable, purchase: Purchase) {
    this.context = context
    this.request = request
    this.purchase = purchase
  }

  async toEnd(): Promise<Paid | { quoted: PaymentRecord }> {
    let command = guarded(() => this.purchase.first() as Command)
    for (;;) {
      switch (command.do) {
        case 'pass-through':
          return { response: this.answered(), record: undefined }
        case 'quoted':
          this.discard()
          return { quoted: parseRecord(command.record) }
        case 'finish':
          return { response: this.answered(), record: await this.keep(command.write) }
        case 'fail': {
          const record = command.write && (await this.keep(command.write))
          const { failure: cause, answer: response } = this
          throw errorOf(command.failure, { record, response, cause })
        }
        default:
          command = await this.step(command)
      }
    }
  }

  private step(command: Exclude<Command, { do: 'pass-through' | 'quoted' | 'finish' | 'fail' }>): Event {
    const { store, wallet } = this.context
    const { purchase } = this
    switch (command.do) {
      case 'load':
        return this.stored(
          async () => (command.purchaseId === undefined ? store.open() : one(await store.get(command.purchaseId))),
          (entries) =>
            purchase.onLoaded(
              entries.map(({ record }) => record),
              entries.map(({ sealed }) => sealed ?? ''),
              now(),
            ),
        )
      case 'probe':
        return this.outside(
          'network',
          () => this.probe(),
          (answer) => answer,
        )
      case 'account':
        return this.outside(
          'wallet-failed',
          () => this.account(wallet),
          (address) => purchase.onAccount(address, now()),
        )
      case 'fetch':
        return this.outside(
          'network',
          () => this.document(command.url),
          ({ status, bytes }) => purchase.onFetched(status, bytes, now()),
        )
      case 'reserve':
        return this.stored(
          () => store.reserve(command.entry, command.holds, now()),
          (said) => purchase.onReserved(said.kind, said.kind === 'exceeds' ? said.key : undefined, now()),
        )
      case 'sign':
        return this.sign(wallet, command)
      case 'advance':
        return this.stored(
          () => store.advance(command.from, command.entry),
          (confirmed) => purchase.onAdvanced(confirmed, now()),
        )
      case 'send':
        return this.outside(
          'network',
          () => this.present(command),
          (answer) => {
            this.answer = answer
            const header = answer.headers.get('PAYMENT-RESPONSE') ?? answer.headers.get('X-PAYMENT-RESPONSE')
            return purchase.onSettlement(answer.status, header ?? undefined, now())
          },
        )
      case 'verify-certificate':
        return this.verify(command)
    }
  }

  /** Does something outside. Whatever it throws becomes a trouble of that kind, for the core to judge. */
  private async outside<T>(trouble: Trouble, act: () => Promise<T>, next: (result: T) => unknown): Promise<Command> {
    const { signal } = this.request
    if (signal?.aborted) {
      this.failure = signal.reason
      // Sure: what the core asked for was not begun.
      return guarded(() => this.purchase.onTrouble('stopped', now()) as Command)
    }
    let result: T
    try {
      result = await act()
    } catch (thrown) {
      // Trapped: there is no purchase left to tell. Everything else is the core's to judge.
      if (thrown instanceof PaymentError) throw thrown
      this.failure = thrown
      return guarded(() => this.purchase.onTrouble(this.troubleOf(thrown, trouble), now()) as Command)
    }
    return guarded(() => next(result) as Command)
  }

  private troubleOf(thrown: unknown, otherwise: Trouble): Trouble {
    if (thrown instanceof WalletRefusal) return `wallet-${thrown.reason}`
    return this.request.signal?.aborted ? 'aborted' : otherwise
  }

  // A store is asked even when the caller has just aborted: what is on its way must be written.
  private async stored<T>(act: () => Promise<T>, next: (result: T) => unknown): Promise<Command> {
    let result: T
    try {
      result = await within(act(), this.context.timeoutMs)
    } catch (thrown) {
      this.failure = thrown
      return guarded(() => this.purchase.onTrouble('store', now()) as Command)
    }
    return guarded(() => next(result) as Command)
  }

  private async probe(): Promise<Command> {
    const { body: bytes, url } = this.request
    // Node 20 detaches its copy of bytes when it sends them, and then has none left for a redirect; a Blob stays whole.
    const content = bytes.byteLength > 0 ? { body: new Blob([bytes]) } : {}
    const answer = await send(this.context.fetch, this.request, url, content)
    this.answer = answer
    const payable = answer.status === 402
    const body = payable ? await challengeBody(answer) : new Uint8Array()
    const header = payable ? answer.headers.get('PAYMENT-REQUIRED') : null
    const date = Date.parse(answer.headers.get('date') ?? '') / 1000
    const reached = (answer.url || url).split('#', 1)[0] ?? ''
    return guarded(
      () => this.purchase.onAnswer(answer.status, reached, header ?? undefined, body, date, now()) as Command,
    )
  }

  private async account(wallet: Wallet): Promise<string> {
    // The seller's 402 has been read; its body is nobody's any more.
    this.discard()
    if (wallet.kind === 'local') return (await wallet.key()).address
    return within(wallet.account(), this.context.walletTimeoutMs, this.request.signal)
  }

  private sign(wallet: Wallet, command: Extract<Command, { do: 'sign' }>): Promise<Command> {
    const { purchase, context } = this
    if (wallet.kind === 'local') {
      return this.outside(
        'wallet-failed',
        // A key that is gone signs nothing.
        () => wallet.key().catch((cause: unknown) => Promise.reject(new WalletRefusal('account', { cause }))),
        (key) => purchase.signLocally(key, now()),
      )
    }
    const request = { payer: command.payer, chainId: BigInt(command.chainId), typedData: command.typedData }
    return this.outside(
      'wallet-failed',
      () => within(wallet.sign(request), context.walletTimeoutMs, this.request.signal),
      (signature) => purchase.onSignature(String(signature), now()),
    )
  }

  /** Sends the paid request. It follows no redirect, so the payment reaches nobody but the seller (threats P33). */
  private present(command: Extract<Command, { do: 'send' }>): Promise<Response> {
    this.discard()
    const headers = new Headers(this.request.headers)
    headers.set(command.header, command.value)
    // Runtimes without an HTTP cache refuse to hear of one.
    const cache: RequestInit = 'cache' in Request.prototype ? { cache: 'no-store' } : {}
    return send(this.context.fetch, this.request, command.url, { headers, redirect: 'manual', ...cache })
  }

  private async document(url: string): Promise<{ status: number; bytes: Uint8Array }> {
    const { fetch, timeoutMs } = this.context
    const cancel = new AbortController()
    try {
      const read = async () => {
        const answer = await fetch(url, {
          headers: { accept: 'application/json' },
          redirect: 'manual',
          signal: cancel.signal,
        })
        const bytes = await readUpTo(answer.body, DOCUMENT_BYTES)
        return { status: answer.status, bytes: bytes ?? new Uint8Array() }
      }
      return await within(read(), timeoutMs, this.request.signal)
    } catch (thrown) {
      if (this.request.signal?.aborted) throw thrown
      this.failure = thrown
      return { status: 0, bytes: new Uint8Array() }
    } finally {
      cancel.abort()
    }
  }

  private verify(command: Extract<Command, { do: 'verify-certificate' }>): Promise<Command> {
    return this.outside(
      'network',
      () => problemOf(command.claims, command.signature, command.operatorKey),
      (code) => this.purchase.onCertificate(code, now()),
    )
  }

  /** The last write. When the store does not confirm it, the row stays as it was, which counts as spent. */
  private async keep(write: Write): Promise<PaymentRecord> {
    const { store, timeoutMs } = this.context
    const record = parseRecord(write.entry.record)
    const act = async () =>
      write.from === undefined
        ? (await store.reserve(write.entry, [], now())).kind === 'held'
        : store.advance(write.from, write.entry)
    const confirmed = await within(act(), timeoutMs).catch((thrown: unknown) => {
      this.failure ??= thrown
      return false
    })
    if (confirmed) return record
    return {
      ...record,
      state: write.from ?? record.state,
      evidence: { ...record.evidence, problem: 'store/failed-late' },
    }
  }

  private answered(): Response {
    if (!this.answer) throw new PaymentError('misuse/out-of-order')
    return this.answer
  }

  /** Lets go of an answer that nobody will read. */
  private discard(): void {
    this.answer?.body?.cancel().catch(() => {})
    this.answer = undefined
  }
}

/** A record as the store keeps it. Our own text: written by the core, read back by it before any use. */
export function parseRecord(json: string): PaymentRecord {
  return JSON.parse(json) as PaymentRecord
}

function one(entry: Entry | undefined): Entry[] {
  return entry ? [entry] : []
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}
