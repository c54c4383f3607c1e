import { PaymentError } from '../errors.js'
import { type ExternalWallet, refusalOf, WalletRefusal } from './wallet.js'

/** An EIP-1193 provider, for example `window.ethereum`. */
export type Eip1193Provider = {
  request(args: { method: string; params?: readonly unknown[] }): Promise<unknown>
}

/** A wallet that announced itself (EIP-6963). */
export type AnnouncedWallet = {
  info: { uuid: string; name: string; icon: string; rdns: string }
  provider: Eip1193Provider
}

/**
 * The person's own wallet. Account and chain are checked before it is asked to sign, and the signature after;
 * switching chains is left to the person. Throws {@link PaymentError} `misuse/options` when there is no provider.
 */
export function injectedWallet(
  provider: Eip1193Provider,
  options: { account?: string | undefined } = {},
): ExternalWallet {
  if (typeof provider?.request !== 'function') {
    const facts = 'provider: this place has no EIP-1193 wallet; in a page, discoverWallets() finds them'
    throw new PaymentError('misuse/options', { doing: 'use a wallet', facts })
  }
  const ask = async (method: string, params: readonly unknown[] = []) => {
    try {
      return await provider.request({ method, params })
    } catch (cause) {
      throw refusalOf(cause)
    }
  }
  /** Account and chain, looked at again right before the wallet is asked: the person may have changed either. */
  const holds = async (account: string, chainId: bigint) => {
    const [chain, accounts] = [await ask('eth_chainId'), texts(await ask('eth_accounts'))]
    if (!isChain(chain, chainId)) throw new WalletRefusal('chain')
    if (!accounts.some((address) => same(address, account))) throw new WalletRefusal('account')
  }
  return {
    kind: 'external',
    async account() {
      const accounts = texts(await ask('eth_requestAccounts'))
      const account = options.account ? accounts.find((address) => same(address, options.account)) : accounts[0]
      if (!account) throw new WalletRefusal('account')
      return account
    },
    async sign({ payer, chainId, typedData }) {
      await holds(payer, chainId)
      const signature = await ask('eth_signTypedData_v4', [payer, typedData])
      // Anything but a text is an answer all the same: it may have signed.
      return String(signature)
    },
    async signIn({ account, chainId, message }) {
      await holds(account, chainId)
      return String(await ask('personal_sign', [hexOf(message), account]))
    },
    async send(transaction) {
      await holds(transaction.from, BigInt(transaction.chainId))
      return String(await ask('eth_sendTransaction', [transaction]))
    },
  }
}

/** Asks the page's wallets to announce themselves (EIP-6963) and listens for `waitMs` (default 100). The host program chooses; order means nothing. None outside of a page. */
export function discoverWallets(options: { waitMs?: number | undefined } = {}): Promise<AnnouncedWallet[]> {
  const found = new Map<string, AnnouncedWallet>()
  const listen = (event: Event) => {
    const { info, provider } = (event as CustomEvent<AnnouncedWallet>).detail ?? {}
    if (typeof info?.uuid === 'string' && typeof provider?.request === 'function')
      found.set(info.uuid, { info, provider })
  }
  // Only a page has wallets that announce themselves.
  if (!('document' in globalThis)) return Promise.resolve([])
  globalThis.addEventListener('eip6963:announceProvider', listen)
  globalThis.dispatchEvent(new Event('eip6963:requestProvider'))
  return new Promise((resolve) => {
    setTimeout(() => {
      globalThis.removeEventListener('eip6963:announceProvider', listen)
      resolve([...found.values()])
    }, options.waitMs ?? 100)
  })
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

function same(left: string, right: string | undefined): boolean {
  return left.toLowerCase() === right?.toLowerCase()
}

function isChain(answer: unknown, chainId: bigint): boolean {
  return typeof answer === 'string' && /^0x[0-9a-f]{1,16}$/i.test(answer) && BigInt(answer) === chainId
}

// `personal_sign` takes bytes as hex; a bare text is read as hex by some wallets when it looks like it.
function hexOf(text: string): string {
  return `0x${Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
