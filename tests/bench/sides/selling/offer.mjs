// What both sellers sell, and where.
export const path = '/paid'
export const network = 'eip155:84532'
export const price = { usd: '0.01', amount: '10000', asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e' }
export const payTo = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'
/** An hour, so that payments can be signed long before they are sent. */
export const maxTimeoutSeconds = 3600
/** What is sold. */
export const goods = { forecast: 'sun' }
