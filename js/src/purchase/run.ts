import { problemOf } from '../certificate.js'
import { errorOf, PaymentError } from '../errors.js'
import type { Purchase } from '../generated/farthing.js'
import type { BudgetUse, Command, PaymentRecord, Write } from '../generated/wire.js'
import type { ErrorCode } from '../generated/errors.js'
import { guarded, using } from '../instance.js'
import { within } from '../limits.js'
import { stepOf } from '../step.js'
import type { Wallet } from '../wallet/wallet.js'
import { WalletRefusal } from '../wallet/wallet.js'
import { activeCycle } from './active-cycle.js'
import { type Context, now, type Paid, parseRecord } from './context.js'
import { isPublished } from './documents.js'
import { document, Killed, present, probe } from './http.js'
import { lastWrite } from './last-write.js'
import type { Purpose, Replayable } from './request.js'
import { offsetsOf } from './zones.js'

/** How a purchase ended: with an answer, or, where only a price was asked for, with terms. */
export type Ended = Paid | { quoted: PaymentRecord; asks: ErrorCode | undefined; budgets: BudgetUse[] }

type Event = Command | Promise<Command>
type Last = 'pass-through' | 'quoted' | 'finish' | 'fail'
type Trouble =
  | 'network'
  | 'aborted'
  | 'stopped'
  | 'killed'
  | 'store'
  | 'wallet-rejected'
  | 'wallet-account'
  | 'wallet-chain'
  | 'wallet-failed'

/** Runs one purchase to its end: does what the core commands, tells it what happened. Decides nothing. */
export async function run(
  context: Context,
  mode: 'pay' | 'quote' | 'observe',
  request: Replayable,
  purpose: Purpose,
): Promise<Ended> {
  const { method, url, body } = request
  const { task, reason, purchaseId, category, atMost, quote, hashOutput } = purpose
  const { agent = context.labels.agent, session = context.labels.session } = purpose
  const quoted = quote?.payable ? quote.record.terms?.binding : undefined
  const words = JSON.stringify({ task, reason, purchaseId, agent, session, category, atMost, quoted })
  const purchase = guarded(() => {
    const payer = context.payer()
    const zones = offsetsOf(payer.zones, new Date())
    return payer.purchase(mode, method, url, body, words, zones, now())
  })
  return using(purchase, () => new Run(context, request, purchase, hashOutput === true).toEnd())
}

class Run {
  /** The latest answer of the seller. */
  private answer: Response | undefined
  private failure: unknown
  /** Tells the payer's account that this payment is not under way any more. */
  private over = () => {}
  /** The question that was put to the owner. */
  private ticket: PaymentRecord | undefined
  /** URL of what the core publishes about itself, once it was needed. */
  private document: string | undefined
  private readonly context: Context
  private readonly request: Replayable
  private readonly purchase: Purchase
  private readonly hashOutput: boolean

  constructor(context: Context, request: Replayable, purchase: Purchase, hashOutput: boolean) {
    this.context = context
    this.request = request
    this.purchase = purchase
    this.hashOutput = hashOutput
  }

  async toEnd(): Promise<Ended> {
    let settled = false
    try {
      const ended = await this.untilEnd()
      settled = 'record' in ended && ended.record?.state === 'settled'
      return ended
    } finally {
      this.over()
      // A core that changed must be noticed by the next purchase at the latest.
      if (this.document && !settled) this.context.documents.drop(this.document)
    }
  }

  private async untilEnd(): Promise<Ended> {
    let command = this.told(() => this.purchase.first())
    for (;;) {
      switch (command.do) {
        case 'pass-through':
          return { response: this.answered(), record: command.write && (await this.keep(command.write)) }
        case 'quoted':
          this.discard()
          return { quoted: parseRecord(command.record), asks: command.asks, budgets: command.budgets }
        case 'finish': {
          const { write, record: known } = command
          const record = write ? await this.keep(write) : known ? parseRecord(known) : undefined
          return { response: this.answered(), record }
        }
        case 'fail': {
          const record = command.write ? await this.keep(command.write) : this.ticket
          const { failure: cause, answer: response } = this
          throw errorOf(command.failure, { record, response, cause })
        }
        default:
          command = await this.step(command)
      }
    }
  }

  private step(command: Exclude<Command, { do: Last }>): Event {
    const { store, wallet } = this.context
    const { purchase } = this
    // The last look before each step, and so also before the signer is called; what is on its way goes on.
    if (this.context.stopped && command.do !== 'send' && command.do !== 'verify-certificate') {
      return this.told(() => purchase.onTrouble('killed', now()))
    }
    switch (command.do) {
      case 'load':
        return this.stored(
          () => store.read(command.query),
          ({ entries, notes, used }) => {
            const sealed = entries.map((entry) => entry.sealed ?? '')
            const records = entries.map(({ record }) => record)
            return purchase.onLoaded(records, sealed, notes, used, now())
          },
        )
      case 'probe':
        return this.outside(
          'network',
          () => probe(this.context, this.request),
          ({ answer, reached, header, body, date }) => {
            this.answer = answer
            return purchase.onAnswer(answer.status, reached, header, body, date, now())
          },
        )
      case 'account':
        return this.outside(
          'wallet-failed',
          () => this.account(wallet),
          (address) => purchase.onAccount(address, now()),
        )
      case 'fetch':
        if (isPublished(command)) this.document = command.url
        return this.outside(
          'network',
          () => document(this.context, this.request, command),
          ({ status, bytes, failure }) => {
            this.failure = failure
            return purchase.onFetched(status, bytes, now())
          },
        )
      case 'active-cycle':
        return this.outside(
          'network',
          () => {
            const { answer, over } = activeCycle(this.context, command, this.request.signal)
            this.over = over
            return answer
          },
          ({ status, bytes }) => purchase.onFetched(status, bytes, now()),
        )
      case 'reserve':
        return this.stored(
          () => store.reserve(command.intent),
          (said) => {
            const key = 'key' in said ? said.key : undefined
            return purchase.onReserved(said.kind, key, 'used' in said ? said.used : undefined, now())
          },
        )
      case 'ask':
        return this.ask(parseRecord(command.record))
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
          () => {
            this.discard()
            return present(this.context, this.request, command, this.hashOutput)
          },
          ({ answer, content, refusal }) => {
            this.answer = answer
            const { status, headers } = answer
            const header = headers.get('PAYMENT-RESPONSE') ?? headers.get('X-PAYMENT-RESPONSE') ?? undefined
            const challenge = headers.get('PAYMENT-REQUIRED') ?? undefined
            return purchase.onSettlement(status, header, content, refusal, challenge, now())
          },
        )
      case 'verify-certificate':
        return this.verify(command)
    }
  }

  private told(tell: () => string): Command {
    return stepOf(guarded(tell))
  }

  /** Does something outside. Whatever it throws becomes a trouble of that kind, for the core to judge. */
  private async outside<T>(trouble: Trouble, act: () => Promise<T>, next: (result: T) => string): Promise<Command> {
    const { signal } = this.request
    if (signal?.aborted) {
      this.failure = signal.reason
      // Sure: what the core asked for was not begun.
      return this.told(() => this.purchase.onTrouble('stopped', now()))
    }
    let result: T
    try {
      result = await act()
    } catch (thrown) {
      // Trapped: there is no purchase left to tell. Everything else is the core's to judge.
      if (thrown instanceof PaymentError) throw thrown
      this.failure = thrown
      return this.told(() => this.purchase.onTrouble(this.troubleOf(thrown, trouble), now()))
    }
    return this.told(() => next(result))
  }

  private troubleOf(thrown: unknown, otherwise: Trouble): Trouble {
    if (thrown instanceof WalletRefusal) return `wallet-${thrown.reason}`
    if (thrown instanceof Killed) return 'killed'
    return this.request.signal?.aborted ? 'aborted' : otherwise
  }

  // A store is asked even when the caller has just aborted: what is on its way must be written.
  private async stored<T>(act: () => Promise<T>, next: (result: T) => string): Promise<Command> {
    let result: T
    try {
      result = await within(act(), this.context.timeoutMs)
    } catch (thrown) {
      this.failure = thrown
      return this.told(() => this.purchase.onTrouble('store', now()))
    }
    return this.told(() => next(result))
  }

  private async account(wallet: Wallet): Promise<string> {
    // The seller's 402 has been read; its body is nobody's any more.
    this.discard()
    if (wallet.kind === 'local') return (await wallet.key()).address
    return within(wallet.account(), this.context.walletTimeoutMs, this.request.signal)
  }

  /** Puts the question to whoever may answer in this process. Without anybody it stays open in the store. */
  private ask(ticket: PaymentRecord): Event {
    this.ticket = ticket
    const { approve, walletTimeoutMs } = this.context
    const later = () => this.told(() => this.purchase.onAnswered('later', '', now()))
    if (!approve) return later()
    return within(Promise.resolve(approve(ticket)), walletTimeoutMs, this.request.signal).then(
      (answer) => {
        const word = answer === undefined ? 'later' : answer === false ? 'no' : 'yes'
        const by = typeof answer === 'string' ? answer : 'approve'
        return this.told(() => this.purchase.onAnswered(word, by, now()))
      },
      (thrown: unknown) => {
        this.failure = thrown
        return later()
      },
    )
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
    const { payer, chainId } = command
    const ask = () => wallet.sign({ payer, chainId: BigInt(chainId), typedData: guarded(() => purchase.typedData()) })
    return this.outside(
      'wallet-failed',
      () => within(ask(), context.walletTimeoutMs, this.request.signal),
      (signature) => purchase.onSignature(String(signature), now()),
    )
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
    const { record, failure } = await lastWrite(this.context, write)
    this.failure ??= failure
    return record
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
