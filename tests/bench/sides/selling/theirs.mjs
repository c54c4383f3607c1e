// The official seller as its documentation sets it up: hono, @x402/hono, a facilitator.
import { HTTPFacilitatorClient } from '@x402/core/server'
import { ExactEvmScheme } from '@x402/evm/exact/server'
import { paymentMiddleware, x402ResourceServer } from '@x402/hono'
import { Hono } from 'hono'
import { goods, maxTimeoutSeconds, network, path, payTo, price } from './offer.mjs'

export const routes = {
  [`GET ${path}`]: { accepts: { scheme: 'exact', network, payTo, price: `$${price.usd}`, maxTimeoutSeconds } },
}

export const resourceServer = (facilitator) =>
  new x402ResourceServer(new HTTPFacilitatorClient({ url: facilitator })).register(network, new ExactEvmScheme())

/** The app, as a function from request to response. */
export function sellerOf({ facilitator }) {
  const app = new Hono()
  app.use(paymentMiddleware(routes, resourceServer(facilitator)))
  app.get(path, (context) => context.json(goods))
  return app.fetch
}
