import { env } from 'cloudflare:workers'
import { paywall } from 'farthing/seller'
import { durableObjectStore } from 'farthing/stores/durable-object'

export { FarthingStore } from 'farthing/stores/durable-object'

const paid = paywall({
  terms: { network: 'eip155:84532', payTo: env.PAY_TO, price: '0.01 USD' },
  facilitator: env.FACILITATOR,
  store: durableObjectStore(env.SALES, 'sales'),
})
export default { fetch: paid(() => Response.json({ forecast: 'sun' })) }
