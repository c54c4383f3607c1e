// The official x402 v1 counterparties: x402 1.2 verify and settle behind a tiny HTTP server, and a
// seller guarded by x402-hono 1.1, settling on a Chain. A package of its own because of its size.
// In: a running chain with id 84532 (v1 knows networks by name). Out: URLs, logs and stop.
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { createWalletClient, http, publicActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'
import { settle, verify } from 'x402/facilitator'
import { paymentMiddleware } from 'x402-hono'
import { startFront } from '../faults.mjs'
import { serveFacilitator } from '../facilitator-server.mjs'
import { listen } from '../http.mjs'

const NETWORK = 'base-sepolia'

/**
 * GET /supported, POST /verify, POST /settle. Account 0 of the chain pays the gas.
 * @param {import('../chain.mjs').Chain} chain
 * @param {{ port?: number }} [options]
 * @returns {Promise<import('../x402-v2.mjs').Facilitator>}
 */
export async function startFacilitatorV1(chain, { port } = {}) {
  if (chain.chainId !== baseSepolia.id) throw new Error(`cannot start v1 facilitator: chain id is ${chain.chainId}, not ${baseSepolia.id}`)
  const signer = createWalletClient({
    account: privateKeyToAccount(chain.accounts[0].privateKey),
    chain: baseSepolia,
    transport: http(chain.rpcUrl),
    pollingInterval: 50,
  }).extend(publicActions)
  return serveFacilitator(
    {
      supported: () => ({ kinds: [{ x402Version: 1, scheme: 'exact', network: NETWORK }] }),
      verify: (payload, requirements) => verify(signer, payload, requirements),
      settle: (payload, requirements) => settle(signer, payload, requirements),
    },
    { port },
  )
}

/**
 * A seller of GET and POST /paid (POST answers what it was sent) beside GET /free.
 * @param {{
 *   chain: import('../chain.mjs').Chain, facilitatorUrl: string,
 *   price?: string, payTo?: string, maxTimeoutSeconds?: number, port?: number
 * }} options
 * @returns {Promise<import('../x402-v2.mjs').Seller>}
 */
export async function startSellerV1({
  chain,
  facilitatorUrl,
  price = '$0.01',
  payTo = chain.accounts[2].address,
  maxTimeoutSeconds = 120,
  port,
}) {
  const route = { price, network: NETWORK, config: { description: 'test resource', mimeType: 'application/json', maxTimeoutSeconds } }
  const app = new Hono()
  app.use(paymentMiddleware(payTo, { 'GET /paid': route, 'POST /paid': route }, { url: facilitatorUrl }))
  app.get('/free', context => context.json({ free: true }))
  app.get('/paid', context => context.json({ paid: true }))
  app.post('/paid', async context => {
    context.header('content-type', context.req.header('content-type') ?? 'application/octet-stream')
    return context.body(await context.req.arrayBuffer())
  })

  const seller = await listen(getRequestListener(app.fetch))
  const front = await startFront({ upstream: seller.url, port })
  return {
    ...front,
    payTo,
    network: NETWORK,
    asset: chain.token.address,
    stop: async () => void (await Promise.all([front.stop(), seller.stop()])),
  }
}
