// The official x402 v2 counterparties: @x402/core facilitator with the @x402/evm exact scheme, and
// sellers guarded by the official @x402/hono and @x402/express middleware, settling on a Chain.
// In: a running chain. Out: URLs, logs and stop. Nothing of the protocol is implemented here.
import { getRequestListener } from '@hono/node-server'
import { x402Facilitator } from '@x402/core/facilitator'
import { HTTPFacilitatorClient } from '@x402/core/server'
import { toFacilitatorEvmSigner } from '@x402/evm'
import { registerExactEvmScheme } from '@x402/evm/exact/facilitator'
import { ExactEvmScheme } from '@x402/evm/exact/server'
import * as expressPayments from '@x402/express'
import * as honoPayments from '@x402/hono'
import express from 'express'
import { Hono } from 'hono'
import { publicActions } from 'viem'
import { serveFacilitator } from './facilitator-server.mjs'
import { listen } from './http.mjs'
import { startFront } from './faults.mjs'

/**
 * @typedef {import('./faults.mjs').Front & { payTo: string, network: string, asset: string }} Seller
 * @typedef {{ url: string, requests: { path: string, body: any, answer: any }[], stop(): Promise<void> }} Facilitator
 */

/**
 * GET /supported, POST /verify, POST /settle. Account 0 of the chain pays the gas.
 * @param {import('./chain.mjs').Chain} chain
 * @param {{ port?: number }} [options]
 * @returns {Promise<Facilitator>}
 */
export async function startFacilitatorV2(chain, { port } = {}) {
  const wallet = chain.walletClient(0).extend(publicActions)
  const signer = toFacilitatorEvmSigner({ ...wallet, address: wallet.account.address })
  const facilitator = registerExactEvmScheme(new x402Facilitator(), { signer, networks: chain.network })
  return serveFacilitator(
    {
      supported: () => facilitator.getSupported(),
      verify: (payload, requirements) => facilitator.verify(payload, requirements),
      settle: (payload, requirements) => facilitator.settle(payload, requirements),
    },
    { port },
  )
}

/**
 * A seller of GET and POST /paid (POST answers what it was sent) beside GET /free.
 * @param {{
 *   chain: import('./chain.mjs').Chain, facilitatorUrl: string, framework?: 'hono' | 'express',
 *   price?: string, payTo?: string, maxTimeoutSeconds?: number, port?: number
 * }} options
 * @returns {Promise<Seller>}
 */
export async function startSellerV2({
  chain,
  facilitatorUrl,
  framework = 'hono',
  price = '$0.01',
  payTo = chain.accounts[2].address,
  maxTimeoutSeconds = 120,
  port,
}) {
  const accepts = { scheme: 'exact', network: chain.network, price, payTo, maxTimeoutSeconds }
  const route = { accepts, description: 'test resource', mimeType: 'application/json' }
  const routes = { 'GET /paid': route, 'POST /paid': route }
  const make = { hono: honoListener, express: expressListener }[framework]
  if (!make) throw new TypeError(`cannot start seller: unknown framework ${framework}`)

  const seller = await listen(make(routes, chain.network, facilitatorUrl))
  const front = await startFront({ upstream: seller.url, port })
  return {
    ...front,
    payTo,
    network: chain.network,
    asset: chain.token.address,
    stop: async () => void (await Promise.all([front.stop(), seller.stop()])),
  }
}

const resourceServer = ({ x402ResourceServer }, network, url) =>
  new x402ResourceServer(new HTTPFacilitatorClient({ url })).register(network, new ExactEvmScheme())

function honoListener(routes, network, facilitatorUrl) {
  const app = new Hono()
  app.use(honoPayments.paymentMiddleware(routes, resourceServer(honoPayments, network, facilitatorUrl)))
  app.get('/free', context => context.json({ free: true }))
  app.get('/paid', context => context.json({ paid: true }))
  app.post('/paid', async context => {
    context.header('content-type', context.req.header('content-type') ?? 'application/octet-stream')
    return context.body(await context.req.arrayBuffer())
  })
  return getRequestListener(app.fetch)
}

function expressListener(routes, network, facilitatorUrl) {
  const app = express()
  app.use(expressPayments.paymentMiddleware(routes, resourceServer(expressPayments, network, facilitatorUrl)))
  app.get('/free', (_, response) => void response.json({ free: true }))
  app.get('/paid', (_, response) => void response.json({ paid: true }))
  app.post('/paid', express.raw({ type: () => true }), (request, response) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    response.type(request.get('content-type') ?? 'application/octet-stream').send(body)
  })
  return app
}
