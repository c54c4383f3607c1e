import { privateKeyToAccount } from 'viem/accounts'
import { wrapFetchWithPayment } from 'x402-fetch'

export const make = (key) => wrapFetchWithPayment(fetch, privateKeyToAccount(key))
