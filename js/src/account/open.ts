import { PaymentError } from '../errors.js'
import type { Collateral, Exposure, Issuance, LoginUntil, Movement } from '../generated/account.js'
import type { RpcNode } from '../owner/node.js'
import { type Records, textsOf } from '../owner/records.js'
import type { PinnedAsset, PinnedCore } from '../policy.js'
import { walletOf, type WalletLike } from '../wallet/foreign.js'
import type { Wallet } from '../wallet/wallet.js'
import { positive } from '../limits.js'
import { asked, loadAccount } from './load.js'
import type { Store } from '../store/store.js'
import { type Place, runTask } from './task.js'
import { type Watched, watching, type WatchOptions } from './watch.js'

/** Options of {@link openAccount}. */
export type AccountOptions = {
  /** Whose account it is. Without one only what needs no signature can be asked. */
  wallet: WalletLike
  /** CAIP-2 network that the account clears on. */
  network: string
  /** 4Mica cores besides the published ones, and what must never change about them. */
  cores?: readonly PinnedCore[] | undefined
  /** Tokens besides the pinned ones. */
  assets?: readonly PinnedAsset[] | undefined
  /** Your node of that network: a URL, or an EIP-1193 provider. Needed to watch transactions and to read the contracts. */
  rpc?: RpcNode | undefined
  /** URL of a facilitator that sends transactions for others (`via: 'facilitator'`): https, or on this machine. */
  facilitator?: string | undefined
  /** Told in words what the wallet is about to be asked; `false` keeps it from being asked. */
  confirm?: Place['confirm'] | undefined
  /** Default: the platform's. */
  fetch?: typeof globalThis.fetch | undefined
  /** Stops waiting for one answer of a core, a node or a facilitator. Default 10 000. */
  timeoutMs?: number | undefined
  /** Stops waiting for a wallet and the person behind it. Default 120 000. */
  walletTimeoutMs?: number | undefined
}

/** An amount of a token, in atomic units: 25 USDC is `25_000_000n`. */
export type Sum = {
  amount: bigint
  /** Address of the token; the zero address is native ether. Default: the first pinned token of the network. */
  asset?: string | undefined
}

/**
 * Who sends a transaction: the `wallet` (default), a `facilitator` that pays the gas for something the wallet signs, or
 * nobody, and the result is the `calldata`.
 */
export type Via = 'wallet' | 'facilitator' | 'calldata'

/** What a movement needs besides its amount. */
export type MoveOptions = { asset?: string | undefined; via?: Via | undefined }

/** A 4Mica account: one wallet at one core. Nothing is cached but the login, which {@link Account.logout} lets go. */
export type Account = {
  readonly address: string
  readonly network: string
  /** Logs in now. Everything that needs a login takes one by itself. */
  login(): Promise<LoginUntil>
  /** Lets go of the login. True when there was one. */
  logout(): Promise<boolean>
  /** What core says of the collateral, and, with an `rpc`, what the contract says. */
  collateral(options?: { asset?: string | undefined }): Promise<Collateral>
  /** Puts tokens into the collateral; approves exactly the missing allowance first. */
  deposit(sum: Sum, options?: { via?: Via | undefined }): Promise<Movement>
  /** Asks for collateral back. It is paid out by {@link Account.finalizeWithdrawal} after the contract's waiting time. */
  requestWithdrawal(sum: Sum, options?: { via?: Via | undefined }): Promise<Movement>
  cancelWithdrawal(options?: MoveOptions): Promise<Movement>
  finalizeWithdrawal(options?: MoveOptions): Promise<Movement>
  /**
   * Settles a closed cycle, named by its id or by `asset:start`: pays the net debit or claims the net credit, after the
   * Merkle proof was computed anew and compared with the contract.
   */
  settle(cycle: string, options?: MoveOptions): Promise<Movement>
  /**
   * For sellers: has the core itself issue the guarantee of a payment to this account. `payload` is the scheme's payload of
   * the payment, as its payer signed it. Without a certificate `exists` tells whether there may be one all the same.
   */
  issue(payload: object): Promise<Issuance>
  /** What was signed, as records keep it, against what core and the contracts say. Alarms carry their evidence. */
  exposure(records: Records): Promise<Exposure>
  /** Looks again and again, and tells each alarm, debit, credit and near deadline once. Pass the store, read anew each time. */
  watch(store: Store, options?: WatchOptions): AsyncGenerator<Watched, void, undefined>
  /**
   * The cycle that payments of generation 4 are charged in, after a checkpoint when one is due: what `wrapFetch` asks its
   * `account` for. `over` ends the payment; a checkpoint waits for payments under way as long as it can.
   */
  activeCycle(asset: string): Promise<{ body: string; over: () => void }>
}

/**
 * Opens the 4Mica account of a wallet: collateral, settlement, exposure. Nothing is sent or signed by opening it.
 *
 * Errors: {@link PaymentError} `misuse/options` and `guarantee/core-unknown`.
 */
export async function openAccount(options: AccountOptions): Promise<Account> {
  const { address, order } = await opened(options)
  const sum = ({ asset, amount }: Sum) => ({ asset, amount: String(amount) })
  const exposure = async (records: Records): Promise<Exposure> => {
    const texts: string[] = []
    for await (const text of textsOf(records)) texts.push(text)
    return order('compute the exposure', { do: 'exposure', records: texts })
  }
  let underWay = 0
  return {
    address,
    network: options.network,
    login: () => order('log in', { do: 'login' }),
    logout: () => order('log out', { do: 'logout' }),
    collateral: (of = {}) => order('read the collateral', { do: 'collateral', ...of }),
    deposit: (what, how = {}) => order('deposit', { do: 'deposit', ...sum(what), ...how }),
    requestWithdrawal: (what, how = {}) =>
      order('request the withdrawal', { do: 'request-withdrawal', ...sum(what), ...how }),
    cancelWithdrawal: (how = {}) => order('cancel the withdrawal', { do: 'cancel-withdrawal', ...how }),
    finalizeWithdrawal: (how = {}) => order('finalise the withdrawal', { do: 'finalize-withdrawal', ...how }),
    settle: (cycle, how = {}) => order('settle the cycle', { do: 'settle', cycle, ...how }),
    issue: async (payload) => order('issue the guarantee', { do: 'issue', payload: JSON.stringify(payload) }),
    exposure,
    watch: (store, how = {}) => watching(() => exposure(store), how),
    async activeCycle(asset) {
      const idle = underWay === 0
      // Under way from its question on: the second it is about to be given must not be confirmed by another's checkpoint.
      underWay += 1
      let counts = true
      const over = () => {
        if (counts) underWay -= 1
        counts = false
      }
      try {
        return { body: await order<string>('prepare the guarantee', { do: 'active-cycle', asset, idle }), over }
      } catch (thrown) {
        over()
        throw thrown
      }
    },
  }
}

/** An account and a way to give it orders. */
export async function opened(options: AccountOptions) {
  const wallet = walletOf(options.wallet)
  if (!wallet) throw new PaymentError('misuse/options', { facts: 'wallet' })
  const { network, cores, assets, facilitator } = options
  const place: Place = {
    fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
    wallet,
    rpc: options.rpc,
    confirm: options.confirm,
    timeoutMs: positive(options.timeoutMs, 'timeoutMs') ?? 10_000,
    walletTimeoutMs: positive(options.walletTimeoutMs, 'walletTimeoutMs') ?? 120_000,
  }
  const address = await addressOf(wallet)
  const words = JSON.stringify({ network, address, facilitator, node: options.rpc !== undefined })
  const glue = await loadAccount()
  const handle = asked('open the account', () => new glue.Account(bytesOf({ cores, assets }), words))
  const order = <T>(doing: string, what: { do: string } & Record<string, unknown>): Promise<T> =>
    runTask<T>(
      place,
      doing,
      asked(doing, () => handle.task(bytesOf(what))),
    )
  return { address, order }
}

/** The account that a wallet stands for. */
async function addressOf(wallet: Wallet): Promise<string> {
  return wallet.kind === 'local' ? (await wallet.key()).address : wallet.account()
}

const bytesOf = (value: object): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
