// The key's generated type uses `Symbol.dispose`, also in programs that compile for ES2022.
/// <reference lib="esnext.disposable" preserve="true" />
import type { LocalKey } from '../generated/farthing.js'

/** Typed data as `eth_signTypedData_v4` takes it, parsed. Integers are decimal strings. */
export type TypedData = {
  domain: { name?: string; version?: string; chainId?: number; verifyingContract?: string }
  types: Record<string, { name: string; type: string }[]>
  primaryType: string
  message: Record<string, unknown>
}

/** What the wallet is asked. */
export type SignRequest = {
  /** The account that must sign, with checksum. */
  payer: string
  /** The EIP-155 chain the payment is on. */
  chainId: bigint
  /** The parameter of `eth_signTypedData_v4`, as text. */
  typedData: string
}

/** A login as the wallet is asked for it. */
export type SignInRequest = {
  /** The account that logs in, with checksum. */
  account: string
  /** The EIP-155 chain the login names. */
  chainId: bigint
  /** The parameter of `personal_sign`, an EIP-4361 text. */
  message: string
}

/** A transaction as `eth_sendTransaction` takes it, without gas: the wallet estimates. Quantities are `0x` hex. */
export type TransactionRequest = {
  from: string
  to: string
  value: string
  data: string
  chainId: string
}

/** Something that can sign outside of farthing. What it returns is recovered against our own digest. */
export type ExternalWallet = {
  readonly kind: 'external'
  /** The account that pays; may ask the person. */
  account(): Promise<string>
  /** 65 bytes as hex. Throws {@link WalletRefusal} when it is sure that nothing was signed. */
  sign(request: SignRequest): Promise<string>
  /** Signs a login: 65 bytes as hex. Left out: this wallet cannot log in to a 4Mica core. */
  signIn?(request: SignInRequest): Promise<string>
  /** Sends a transaction and tells its hash. Left out: the owner gets calldata to send elsewhere. */
  send?(transaction: TransactionRequest): Promise<string>
}

/** A key held inside WebAssembly. */
export type LocalWallet = {
  readonly kind: 'local'
  /** The key's handle; made on first use. */
  key(): Promise<LocalKey>
}

/** A wallet in the form farthing uses. */
export type Wallet = ExternalWallet | LocalWallet

/** The wallet is sure that it signed nothing. */
export class WalletRefusal extends Error {
  override readonly name = 'WalletRefusal'
  readonly reason: 'rejected' | 'account' | 'chain'
  constructor(reason: 'rejected' | 'account' | 'chain', options?: { cause?: unknown }) {
    super(`the wallet did not sign: ${reason}`, options)
    this.reason = reason
  }
}

// EIP-1193: the person rejected, and the account is not authorised.
const REJECTED = 4001
const UNAUTHORISED = 4100

/** Tells a sure refusal from a failure that leaves us guessing. */
export function refusalOf(thrown: unknown): unknown {
  const codes = [codeOf(thrown), codeOf((thrown as { cause?: unknown } | null)?.cause)]
  // ethers names the same thing with a word.
  if (codes.some((code) => code === REJECTED || code === 'ACTION_REJECTED')) {
    return new WalletRefusal('rejected', { cause: thrown })
  }
  if (codes.includes(UNAUTHORISED)) return new WalletRefusal('account', { cause: thrown })
  return thrown
}

function codeOf(thrown: unknown): unknown {
  return typeof thrown === 'object' && thrown !== null ? (thrown as { code?: unknown }).code : undefined
}
