// The generated types use `Symbol.dispose`, also in programs that compile for ES2022.
/// <reference lib="esnext.disposable" preserve="true" />
/**
 * A 4Mica core, an x402 facilitator and sellers in this process, for tests and demonstrations.
 *
 * The money is made up, the keys are thrown away with it, and it refuses to be made for a production network.
 */
import { PaymentError } from '../errors.js'
import * as glue from '../generated/farthing_sandbox.js'
import { part } from '../instance.js'
import type { PinnedAsset, PinnedCore } from '../policy.js'
import { type Arrived, answerOf, arrived, type Written } from './exchange.js'

/** Atomic units, as a number without fraction or a decimal count. */
export type Units = bigint | `${bigint}`

/** What goes wrong on purpose, once: the first request that a fault concerns has it. */
export type SandboxFault =
  /** The seller settles, and the network fails before its answer arrives. */
  | 'settle-then-timeout'
  /** The seller settles, and demands payment again. */
  | 'demand-again'
  /** The seller sends the paid request to another host, unsettled. */
  | 'redirect'
  /** The seller settles, and answers three seconds late. */
  | 'slow'
  /** Core answers 409 and issues nothing. */
  | 'conflict'
  /** Core issues, and answers 500. */
  | 'error-after-issue'
  /** The certificate is really signed, over one unit more. */
  | 'lying-receipt-amount'
  /** The certificate's signature has a flipped bit. */
  | 'lying-receipt-signature'
  /** The certificate is really signed, and names another cycle. */
  | 'lying-receipt-cycle'

/** Options of {@link createSandbox}. Times in seconds, amounts in atomic units. */
export type SandboxOptions = {
  /** CAIP-2 id of a test network. Default `eip155:84532`. */
  network?: string | undefined
  /** Default `cycle`. */
  generation?: 'cycle' | 'clearing-house' | undefined
  /** Default a day. A cycle also ends when it is closed. */
  cycleSeconds?: number | undefined
  /** How long debtors may pay after a cycle is closed. Default two hours. */
  paymentSeconds?: number | undefined
  /** Generation `clearing-house`: payments before a checkpoint is due. Default 100. */
  maxUncheckpointed?: number | undefined
  /** Default USDC, worth a dollar each. */
  assets?: { symbol: string; address: string; decimals: number; name?: string; version?: string; currency?: string }[]
  /** Default one, asking 0.01 USDC by x402 version 2. */
  sellers?: { price?: Units; payTo?: string; asset?: string; x402Version?: 1 | 2; extra?: object }[]
  /** Accounts that may issue guarantees for themselves, besides the sellers. */
  issuers?: string[] | undefined
  /** Accounts that may issue guarantees for everybody. */
  facilitators?: string[] | undefined
  /** Registries whose validations a guarantee may wait for. */
  registries?: string[] | undefined
  /** The sandbox's clock, in Unix seconds. Default the platform's. */
  now?: (() => number) | undefined
}

/** A seller: every path but `/free` costs `price`. */
export type SandboxSeller = { url: string; payTo: string; asset: string; price: string; x402Version: 1 | 2 }

/** A closed cycle, with what everybody owes or is owed. */
export type ClosedCycle = {
  /** Text id, as the clearing endpoints take it. */
  cycle: string
  cycleId: string
  asset: string
  merkleRoot: string
  positions: { participant: string; netDebit: string; netCredit: string }[]
}

/** Who has what, in atomic units. */
export type SandboxBalances = {
  accounts: { account: string; asset: string; wallet: string; collateral: string; locked: string }[]
  /** What debtors paid in and creditors have not claimed. */
  clearingHouse: { asset: string; amount: string }[]
}

/** A sandbox. `asset` may be left out where there is one. All but `fetch` throw {@link PaymentError} `misuse/options`. */
export type Sandbox = {
  /** Answers for `https://core.sandbox.test`, `https://facilitator.sandbox.test` and the sellers; nobody else is asked. */
  fetch: typeof globalThis.fetch
  /** For the options `cores` and `assets` of `wrapFetch`. */
  readonly cores: PinnedCore[]
  readonly assets: PinnedAsset[]
  readonly sellers: SandboxSeller[]
  /** Makes money up, in a wallet. */
  mint(account: string, amount: Units, asset?: string): void
  /** Makes money up and deposits it as collateral. */
  deposit(account: string, amount: Units, asset?: string): void
  /** Takes free collateral back into the wallet. */
  withdraw(account: string, amount: Units, asset?: string): void
  /** Nets everything that was charged since the last closing. */
  closeCycle(asset?: string): ClosedCycle[]
  /** A debtor pays what it owes from its wallet. */
  payNetDebit(cycle: string, account: string): void
  /** A creditor takes what it is owed. */
  claimNetCredit(cycle: string, account: string): void
  inject(fault: SandboxFault): void
  balances(): SandboxBalances
  /** Ends it: its keys are gone, and every call fails from then on. */
  stop(): void
}

const { start, ask } = part<typeof glue>(glue, 'sandbox')

/**
 * Makes a sandbox.
 *
 * Errors: {@link PaymentError} `misuse/options` for options that make no sense, a production network among them;
 * `misuse/start-up` when WebAssembly does not start.
 */
export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { now = () => Math.floor(Date.now() / 1000), ...rest } = options
  const started = await start()
  const text = JSON.stringify(rest, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  let handle: glue.Sandbox | undefined = ask(() => new started.Sandbox(new TextEncoder().encode(text)))
  const running = (): glue.Sandbox => {
    if (!handle) throw new PaymentError('misuse/options', { facts: 'the sandbox is stopped' })
    return handle
  }
  const command = <T>(what: string, members: object = {}): T => {
    const written = JSON.stringify({ do: what, ...members })
    return JSON.parse(ask(() => running().command(written, now()))) as T
  }
  const move = (what: string, account: string, amount: Units, asset: string | undefined): void =>
    command(what, { account, amount: String(amount), asset })
  const answer = ({ method, url, headers, body }: Arrived): Written =>
    JSON.parse(ask(() => running().answer(method, url, headers, body, now()))) as Written

  return {
    ...command<Pick<Sandbox, 'cores' | 'assets' | 'sellers'>>('describe'),
    fetch: async (input, init) => {
      const request = new Request(input, init)
      return answerOf(answer(await arrived(request)), request)
    },
    mint: (account, amount, asset) => move('mint', account, amount, asset),
    deposit(account, amount, asset) {
      move('mint', account, amount, asset)
      move('deposit', account, amount, asset)
    },
    withdraw: (account, amount, asset) => move('withdraw', account, amount, asset),
    closeCycle: (asset) => command('close-cycle', { asset }),
    payNetDebit: (cycle, account) => command('pay-net-debit', { cycle, account }),
    claimNetCredit: (cycle, account) => command('claim-net-credit', { cycle, account }),
    inject: (fault) => command('inject', { fault }),
    balances: () => command('balances'),
    stop() {
      handle?.free()
      handle = undefined
    },
  }
}
