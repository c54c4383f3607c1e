import { isErrorCode, PaymentError } from '../errors.js'
import type { AccountStep } from '../generated/account.js'
import type { Task } from '../generated/farthing_account.js'
import { within } from '../limits.js'
import { askNode, type RpcNode } from '../owner/node.js'
import { now } from '../purchase/context.js'
import { question } from '../question.js'
import type { Wallet } from '../wallet/wallet.js'
import { WalletRefusal } from '../wallet/wallet.js'
import { ask } from './load.js'
import { sendBy, signBy, signInBy } from './wallet.js'

/** Where a task's steps are carried out. */
export type Place = {
  fetch: typeof globalThis.fetch
  wallet: Wallet | undefined
  /** The owner's node; without one, steps that need it are answered with nothing. */
  rpc: RpcNode | undefined
  /** Told what the wallet is about to be asked, in words; `false` keeps it from being asked. */
  confirm: ((words: string) => boolean | void | Promise<boolean | void>) | undefined
  timeoutMs: number
  walletTimeoutMs: number
}

// An answer of a core, or a stranger in its place: 1,000 authorisations of a checkpoint are half of it.
const ANSWER_BYTES = 2 * 1024 * 1024

/** Runs one task to its end: does what the core asks, tells it what happened. Decides nothing. */
export async function runTask<T>(place: Place, doing: string, task: Task): Promise<T> {
  let cause: unknown
  let step = stepOf(ask(() => task.first(now())))
  try {
    for (;;) {
      switch (step.do) {
        case 'done':
          return step.result as T
        case 'fail':
          throw failed(doing, step.code, step.facts, cause)
        case 'fetch': {
          const { status, bytes, failure } = await question(place, step, ANSWER_BYTES)
          if (failure) cause = failure
          step = stepOf(ask(() => task.onAnswer(status, bytes, now())))
          break
        }
        case 'call': {
          const { method, params } = step
          const nobody = { status: 0, body: new Uint8Array() }
          const { status, body } = place.rpc ? await askNode(place.rpc, method, params, place) : nobody
          step = stepOf(ask(() => task.onAnswer(status, body, now())))
          break
        }
        case 'pause': {
          const { ms } = step
          await new Promise((resolve) => setTimeout(resolve, ms))
          step = stepOf(ask(() => task.onWaited(now())))
          break
        }
        default:
          step = await walletStep(place, task, step, (thrown) => (cause = thrown))
      }
    }
  } finally {
    // A task of an instance that was replaced is gone already.
    try {
      task.free()
    } catch {}
  }
}

type WalletStep = Extract<AccountStep, { do: 'sign-in' | 'sign' | 'send' }>

async function walletStep(
  place: Place,
  task: Task,
  step: WalletStep,
  because: (thrown: unknown) => void,
): Promise<AccountStep> {
  try {
    if (!place.wallet) throw new WalletRefusal('account')
    if (!(await confirmed(place, step.words))) throw new WalletRefusal('rejected')
    const answer = await within(done(place.wallet, step), place.walletTimeoutMs)
    return stepOf(ask(() => (step.do === 'send' ? task.onSent(answer, now()) : task.onSignature(answer, now()))))
  } catch (thrown) {
    // Trapped: there is no task left to tell.
    if (thrown instanceof PaymentError && thrown.code === 'misuse/trapped') throw thrown
    because(thrown)
    const code = thrown instanceof WalletRefusal ? `sign/${thrown.reason}` : codeOf(thrown)
    return stepOf(ask(() => task.onRefused(code, now())))
  }
}

// Whoever fails to say yes says no: the wallet was not asked.
async function confirmed({ confirm }: Place, words: string): Promise<boolean> {
  try {
    return (await confirm?.(words)) !== false
  } catch (cause) {
    throw new WalletRefusal('rejected', { cause })
  }
}

function done(wallet: Wallet, step: WalletStep): Promise<string> {
  switch (step.do) {
    case 'sign-in':
      return signInBy(wallet, step)
    case 'sign':
      return signBy(wallet, step)
    case 'send':
      return sendBy(wallet, step.transaction)
  }
}

function codeOf(thrown: unknown): string {
  const code = (thrown as { code?: unknown } | null)?.code
  return isErrorCode(code) ? code : 'sign/wallet-failed'
}

function failed(doing: string, code: string, facts: string, cause: unknown): PaymentError {
  return new PaymentError(isErrorCode(code) ? code : 'misuse/out-of-order', { doing, facts, cause })
}

// Our own text.
const stepOf = (json: string): AccountStep => JSON.parse(json) as AccountStep
