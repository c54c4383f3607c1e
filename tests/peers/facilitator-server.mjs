// A tiny HTTP server around an official facilitator, the same for x402 v1 and v2.
// In: what /supported says and the official verify and settle. Out: URL, log and stop.
import { answer, listen, plainJson, readBody } from './http.mjs'

/**
 * GET /supported, POST /verify, POST /settle.
 * @param {{
 *   supported(): unknown,
 *   verify(payload: any, requirements: any): Promise<unknown>, settle(payload: any, requirements: any): Promise<unknown>
 * }} official
 * @param {{ port?: number }} options
 * @returns {Promise<import('./x402-v2.mjs').Facilitator>}
 */
export async function serveFacilitator(official, { port }) {
  /** @type {import('./x402-v2.mjs').Facilitator['requests']} */
  const requests = []
  // One transaction at a time: a facilitator with one gas account races its own nonce otherwise.
  let queue = Promise.resolve()

  const server = await listen(async (request, response) => {
    const route = `${request.method} ${request.url}`
    if (route === 'GET /supported') return answer(response, 200, plainJson(official.supported()))
    if (route !== 'POST /verify' && route !== 'POST /settle') return answer(response, 404, undefined)
    const body = JSON.parse((await readBody(request)).toString())
    const { paymentPayload, paymentRequirements } = body
    const entry = { path: request.url, body, answer: undefined }
    requests.push(entry)
    try {
      const run = () =>
        route === 'POST /verify'
          ? official.verify(paymentPayload, paymentRequirements)
          : official.settle(paymentPayload, paymentRequirements)
      const result = await (queue = queue.then(run, run))
      entry.answer = plainJson(result)
      answer(response, 200, entry.answer)
    } catch (error) {
      entry.answer = { error: error.message }
      answer(response, 500, entry.answer)
    }
  }, { port })
  return { url: server.url, requests, stop: server.stop }
}
