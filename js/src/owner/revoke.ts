import { isErrorCode, PaymentError } from '../errors.js'
import type { CancelRequest, CancelTransaction } from '../generated/owner.js'
import type { Write } from '../generated/wire.js'
import { within } from '../limits.js'
import type { PinnedAsset } from '../policy.js'
import { now } from '../purchase/context.js'
import type { Store } from '../store/store.js'
import { walletOf, type WalletLike } from '../wallet/foreign.js'
import { type Wallet, WalletRefusal } from '../wallet/wallet.js'
import { using } from '../instance.js'
import { ask, loadOwner, optionsOf, type Owner } from './load.js'

/** Options for {@link revoke}. */
export type RevokeOptions = {
  /** Tokens of your own, as for `wrapFetch`. */
  assets?: readonly PinnedAsset[] | undefined
  /** Stops waiting for the wallet and the person behind it. Default 120 000. */
  walletTimeoutMs?: number | undefined
}

/** A purchase that is moving is read again. */
const TRIES = 5

/**
 * Takes back a payment that was authorised and may not have been used: the payer signs a cancellation (EIP-3009), and
 * whoever sends the transaction that is returned, and pays its gas, makes the authorisation unusable. Until that is on the
 * chain the seller can still use it; `reconcile` finds out which came first. The budget stays held until then.
 *
 * From this call on the payment is not presented again, and a process that is paying it at this moment sends nothing.
 *
 * Errors: {@link PaymentError} `purchase/irrevocable` for a 4Mica guarantee, `purchase/already-settled`,
 * `purchase/refused-before` where nothing was signed, `sign/…` for the wallet.
 */
export async function revoke(
  store: Store,
  purchaseId: string,
  wallet: WalletLike,
  { assets, walletTimeoutMs = 120_000 }: RevokeOptions = {},
): Promise<CancelTransaction> {
  const owner = await loadOwner()
  const signer = walletOf(wallet)
  if (!signer) throw new PaymentError('misuse/options', { facts: 'wallet' })
  const revocation = await begin(owner, store, purchaseId, optionsOf({ assets }))
  return using(revocation, async () => {
    const request = JSON.parse(ask(() => revocation.written())) as CancelRequest
    const signature = await within(sign(signer, request), walletTimeoutMs).catch((cause: unknown) => {
      throw refused(cause)
    })
    return JSON.parse(ask(() => revocation.sign(signature))) as CancelTransaction
  })
}

/** Lets the store know that a cancellation may exist, before there can be one. */
async function begin(
  owner: Owner,
  store: Store,
  purchaseId: string,
  options: Uint8Array,
): Promise<InstanceType<Owner['Revocation']>> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const [row] = (await store.read({ purchaseId, notes: [], holds: [] })).entries
    if (!row) throw new PaymentError('misuse/options', { facts: `purchaseId ${purchaseId}: the store has none` })
    const revocation = ask(() => new owner.Revocation(options, row.record, row.sealed, now()))
    const { from, entry } = JSON.parse(ask(() => revocation.write())) as Write
    if (from !== undefined && (await store.advance(from, entry))) return revocation
    revocation.free()
  }
  throw new PaymentError('store/changed', { facts: `purchaseId ${purchaseId}` })
}

async function sign(wallet: Wallet, { payer, chainId, typedData }: CancelRequest): Promise<string> {
  if (wallet.kind === 'external') return wallet.sign({ payer, chainId: BigInt(chainId), typedData })
  const key = await wallet.key()
  if (key.address !== payer) throw new WalletRefusal('account')
  // The key signs in its own module, which reads the text anew; ours recovers the payer over the pinned domain.
  return key.signAccountMessage(typedData)
}

function refused(cause: unknown): PaymentError {
  if (cause instanceof PaymentError) return cause
  if (cause instanceof WalletRefusal) return new PaymentError(`sign/${cause.reason}`, { cause })
  const code = (cause as { code?: unknown } | null)?.code
  return new PaymentError(isErrorCode(code) ? code : 'sign/wallet-failed', { cause })
}
