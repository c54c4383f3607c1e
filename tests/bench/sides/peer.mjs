// The peer's exports under one roof. Bundled where it runs without node_modules.
export { wrapFetchWithPayment, x402Client, x402HTTPClient } from '@x402/fetch'
export { ExactEvmScheme } from '@x402/evm'
export { privateKeyToAccount } from 'viem/accounts'
