// farthing's seller in the same frame: hono, a facilitator, and a store, which the other has none of.
import { memoryStore, paywall } from 'farthing/seller'
import { payHono } from 'farthing/seller/hono'
import { Hono } from 'hono'
import { goods, maxTimeoutSeconds, network, path, payTo, price } from './offer.mjs'

export const terms = { network, payTo, price: `${price.usd} USD`, maxTimeoutSeconds }

/** The bare handler, without a framework around it. */
export const bare = ({ facilitator }) => paywall({ terms, facilitator, store: memoryStore() })(() => Response.json(goods))

/** The app, as a function from request to response. */
export function sellerOf({ facilitator, release = 'verify-first' }) {
  const app = new Hono()
  const paid = paywall({ terms, facilitator, store: memoryStore(), release })
  app.get(path, payHono(paid), (context) => context.json(goods))
  return app.fetch
}
