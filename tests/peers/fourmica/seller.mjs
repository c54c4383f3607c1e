// A seller of GET and POST /paid for scheme `4mica-credit`, asking a facilitator to verify and settle before it
// serves. Its challenges and settlement headers have the shape recorded from 4Mica's own server packages
// (server-packages.json), which are not installable here; hence a STAND-IN. Behind the same front as every seller.
import { isDeepStrictEqual } from 'node:util'
import { startFront } from '../faults.mjs'
import { answer, decodeHeader, encodeHeader, listen, readBody } from '../http.mjs'

/**
 * @typedef {{
 *   validationRegistryAddress: string, validationChainId: number, validatorAddress: string, validatorAgentId: string,
 *   minValidationScore: number, jobHash: string, requiredValidationTag?: string
 * }} Validation goes into `extra` of the requirements, camelCase as recorded
 */

/**
 * What a generation 3 seller puts into `extra`, so that a payer can sign without asking core: the domain of its core.
 * @param {string} coreUrl @returns {Promise<{ name: string, version: string, verifyingContract: string }>}
 */
export async function signingExtra(coreUrl) {
  const params = await (await fetch(`${coreUrl}/core/public-params`)).json()
  return { name: params.eip712_name, version: params.eip712_version, verifyingContract: params.contract_address }
}

/**
 * @param {{
 *   facilitatorUrl: string, x402Version?: 1 | 2, payTo: string, asset?: string, amount?: string | bigint,
 *   network?: string, validation?: Validation, extra?: Record<string, unknown>, tabEndpoint?: boolean | 'tabs',
 *   maxTimeoutSeconds?: number, port?: number
 * }} options `amount` in atomic units. `tabEndpoint` advertises the legacy URL, whose answer is always `nextReqId: "0x1"`;
 *   `'tabs'` is generation 1, where the facilitator opens the tab and the answer names it
 * @returns {Promise<import('../x402-v2.mjs').Seller & { amount: string, requirements(): any }>}
 */
export async function startSeller4mica({
  facilitatorUrl,
  x402Version = 2,
  payTo,
  asset = '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
  amount = '10000',
  network = 'eip155:84532',
  validation,
  extra = {},
  tabEndpoint = false,
  maxTimeoutSeconds = 300,
  port,
}) {
  const offer = host => {
    const tab = tabEndpoint && { tabEndpoint: `http://${host}/payment/tab` }
    const common = { scheme: '4mica-credit', network }
    const rest = { asset, payTo, maxTimeoutSeconds, extra: { ...tab, ...validation, ...extra } }
    if (x402Version === 2) return { ...common, amount: String(amount), ...rest }
    const resource = { resource: `http://${host}/paid`, description: 'test resource', mimeType: 'application/json' }
    return { ...common, maxAmountRequired: String(amount), ...resource, ...rest }
  }
  const ask = async (path, body) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(facilitatorUrl + path, { method: 'POST', headers, body: JSON.stringify(body) })
    const raw = await response.text()
    return { status: response.status, json: response.ok ? JSON.parse(raw) : undefined, raw }
  }

  const seller = await listen(async (request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://seller')
    const body = await readBody(request)
    if (pathname === '/free') return answer(response, 200, { free: true })
    if (pathname === '/payment/tab' && tabEndpoint) {
      const { userAddress } = JSON.parse(body.toString())
      if (tabEndpoint !== 'tabs') return answer(response, 200, { userAddress, nextReqId: '0x1' })
      const { status, json, raw } = await ask('/tabs', { userAddress, recipientAddress: payTo, network, erc20Token: asset })
      if (!json) return answer(response, status, raw)
      return answer(response, 200, { tabId: json.tabId, userAddress: json.userAddress, nextReqId: json.nextReqId })
    }
    if (pathname !== '/paid' || !['GET', 'POST'].includes(request.method ?? '')) return answer(response, 404, undefined)

    const requirements = offer(request.headers.host)
    const challenge = error => {
      if (x402Version === 1) return answer(response, 402, { x402Version, error, accepts: [requirements] })
      const resource = { url: `http://${request.headers.host}${request.url}`, description: 'test resource', mimeType: 'application/json' }
      const required = encodeHeader({ x402Version, error, resource, accepts: [requirements] })
      answer(response, 402, {}, { 'payment-required': required, 'cache-control': 'no-store' })
    }
    const header = request.headers[x402Version === 1 ? 'x-payment' : 'payment-signature']
    if (header === undefined) return challenge(x402Version === 1 ? 'X-PAYMENT header is required' : 'Payment required')
    let paymentPayload
    try {
      paymentPayload = decodeHeader(String(header))
    } catch (error) {
      return challenge(`invalid payment header: ${error.message}`)
    }
    if (x402Version === 2 && !isDeepStrictEqual(paymentPayload?.accepted, requirements)) return challenge('No matching payment requirements')

    const question = { x402Version, paymentPayload, paymentRequirements: requirements }
    const verdict = await ask('/verify', question)
    if (!verdict.json?.isValid) return challenge(verdict.json?.invalidReason ?? verdict.raw)
    const { status, json, raw } = await ask('/settle', question)
    if (!json?.success) {
      const details = `Facilitator settle failed (${status}): ${json?.error ?? raw}`
      if (x402Version === 1) return challenge(details)
      return answer(response, 402, { error: 'Settlement failed', details })
    }
    const { certificate, networkId } = json
    const settlement = encodeHeader({ success: true, transaction: '', network, certificate, networkId })
    const headers = { [x402Version === 1 ? 'x-payment-response' : 'payment-response']: settlement, 'cache-control': 'private' }
    if (request.method === 'GET') return answer(response, 200, { paid: true }, headers)
    response.writeHead(200, { 'content-type': request.headers['content-type'] ?? 'application/octet-stream', ...headers }).end(body)
  })
  const front = await startFront({ upstream: seller.url, port })
  return {
    ...front,
    payTo,
    network,
    asset,
    amount: String(amount),
    requirements: () => offer(new URL(front.url).host),
    stop: async () => void (await Promise.all([front.stop(), seller.stop()])),
  }
}
