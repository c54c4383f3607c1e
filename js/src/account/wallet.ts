import { PaymentError } from '../errors.js'
import type { AccountStep, AccountTransaction } from '../generated/account.js'
import { now } from '../purchase/context.js'
import type { Wallet } from '../wallet/wallet.js'

/** Has the account sign a login. */
export async function signInBy(wallet: Wallet, step: Extract<AccountStep, { do: 'sign-in' }>): Promise<string> {
  const { account, chainId, message, login } = step
  if (wallet.kind === 'local') {
    const { core, domain, uri, statement, nonce, issuedAt, expirationTime } = login
    const key = await wallet.key()
    return key.signLogin(core, BigInt(chainId), domain, uri, statement, nonce, issuedAt, expirationTime, now())
  }
  if (!wallet.signIn) throw new PaymentError('sign/cannot-sign-in')
  return wallet.signIn({ account, chainId: BigInt(chainId), message })
}

/** Has the account sign what is not a payment: a checkpoint, a deposit or a withdrawal that somebody else sends. */
export async function signBy(wallet: Wallet, step: Extract<AccountStep, { do: 'sign' }>): Promise<string> {
  const { payer, chainId, typedData } = step
  if (wallet.kind === 'local') return (await wallet.key()).signAccountMessage(typedData)
  return wallet.sign({ payer, chainId: BigInt(chainId), typedData })
}

/** Has the wallet send a transaction. */
export async function sendBy(wallet: Wallet, transaction: AccountTransaction): Promise<string> {
  if (wallet.kind === 'local' || !wallet.send) throw new PaymentError('sign/cannot-send')
  return wallet.send(transaction)
}
