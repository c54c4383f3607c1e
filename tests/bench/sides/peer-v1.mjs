// The official package of protocol version 1, and what signs for it.
export { wrapFetchWithPayment } from 'x402-fetch'
export { createPaymentHeader } from 'x402/client'
export { privateKeyToAccount } from 'viem/accounts'
