// The little HTTP that every peer shares: free ports, JSON bodies, CORS for paying browsers,
// a listening server that stops for sure. Node's http only.
import { createServer } from 'node:http'
import { createServer as createSocketServer } from 'node:net'

/**
 * One request as a peer saw it. `status` is what was answered; undefined while unanswered or when the socket was destroyed.
 * @typedef {{ method: string, path: string, headers: Record<string, string>, status: number | undefined, fault?: string }} LoggedRequest
 */

/** A loopback TCP port that was free a moment ago. @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const socket = createSocketServer()
    socket.once('error', reject)
    socket.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (socket.address())
      socket.close(() => resolve(port))
    })
  })
}

/**
 * Listens on loopback. `stop` also ends connections that are kept alive or stalled.
 * @param {import('node:http').RequestListener} listener
 * @param {{ port?: number }} [options]
 * @returns {Promise<{ url: string, port: number, server: import('node:http').Server, stop(): Promise<void> }>}
 */
export async function listen(listener, { port = 0 } = {}) {
  const server = createServer(listener)
  // A peer that closes an idle connection just when the next request arrives fails that request, on any client that
  // does not try again. `stop` closes them all.
  server.keepAliveTimeout = 0
  await new Promise((resolve, reject) => {
    server.once('error', cause => {
      reject(cause.code === 'EADDRINUSE' ? new Error(`cannot listen: port ${port} is taken`, { cause }) : cause)
    })
    server.listen(port, '127.0.0.1', () => resolve(undefined))
  })
  const address = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    server,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve(undefined))
        server.closeAllConnections()
      }),
  }
}

/** @param {import('node:http').IncomingMessage} request @returns {Promise<Buffer>} */
export async function readBody(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {unknown} body an object goes out as JSON, a string as text/plain, undefined as nothing
 * @param {Record<string, string>} [headers]
 */
export function answer(response, status, body, headers = {}) {
  if (body === undefined) return void response.writeHead(status, headers).end()
  const isText = typeof body === 'string'
  const type = isText ? 'text/plain; charset=utf-8' : 'application/json'
  response.writeHead(status, { 'content-type': type, ...headers }).end(isText ? body : JSON.stringify(body))
}

/** JSON that may carry bigints, which the official packages use inside their answers. @param {unknown} value */
export const plainJson = value => JSON.parse(JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? v.toString() : v)))

/** What a seller must allow so that a page on another origin can pay it. */
export const cors = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'PAYMENT-SIGNATURE, X-PAYMENT, SIGN-IN-WITH-X, Content-Type',
  'access-control-expose-headers': 'PAYMENT-REQUIRED, PAYMENT-RESPONSE, X-PAYMENT-RESPONSE',
  'access-control-max-age': '600',
}

/** Standard base64 of UTF-8 JSON, as every x402 header. @param {unknown} value */
export const encodeHeader = value => Buffer.from(JSON.stringify(value), 'utf8').toString('base64')

/** @param {string} text @returns {any} throws SyntaxError when it is not base64 of JSON */
export const decodeHeader = text => JSON.parse(Buffer.from(text, 'base64').toString('utf8'))
