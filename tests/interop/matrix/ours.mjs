// The columns of the matrix that are ours: one paywall behind each front that farthing fits, with facilitators of both
// x402 versions and 4Mica's. Each counts how often its handler ran.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { answer, freePort, listen, readBody } from '../../peers/http.mjs'
import { farthing, project } from '../support.mjs'
import { column } from './sellers.mjs'
import { NETWORK, payTo } from './world.mjs'

const { resolve } = createRequire(new URL('../../peers/package.json', import.meta.url))
const peer = (name) => import(pathToFileURL(resolve(name)).href)

const entry = join(project, 'seller.mjs')
const exported = ['', '/hono', '/express'].map((path) => `export * from 'farthing/seller${path}'\n`)
writeFileSync(entry, exported.join(''))
const { payExpress, payHono, paywall } = await import(pathToFileURL(entry).href)

/** A paywall and a handler in, a listener of Node's http out. */
const fronts = {
  async http(paid, work) {
    const { getRequestListener } = await peer('@hono/node-server')
    return getRequestListener(
      paid(() => Response.json(work())),
      { overrideGlobalObjects: false },
    )
  },
  async hono(paid, work) {
    const { getRequestListener } = await peer('@hono/node-server')
    const { Hono } = await peer('hono')
    const app = new Hono().get('/paid', payHono(paid), (context) => context.json(work()))
    return getRequestListener(app.fetch, { overrideGlobalObjects: false })
  },
  async express(paid, work) {
    const { default: express } = await peer('express')
    return express().get('/paid', payExpress(paid), (_, response) => void response.json(work()))
  },
}

const exact = { network: NETWORK, payTo, price: '0.01 USD' }
const credit = { ...exact, scheme: '4mica-credit' }

/** @param {Awaited<ReturnType<typeof import('./world.mjs').startWorld>>} world @returns {import('./sellers.mjs').Column[]} */
export function ourSellers(world) {
  const { facilitators, keep } = world
  const v1 = { url: facilitators.v1.url, x402Version: 1 }
  const plain = (name, front, facilitator, options) =>
    column(`our ${name}`, ['exact'], [1, 2], () =>
      keep(open(front, { terms: { ...options, accepts: [exact] }, facilitator: { exact: facilitator } })),
    )
  const guaranteed = (name, schemes, others) =>
    column(`our ${name}`, schemes, [1, 2], async (generation) => {
      const { facilitator, cores } = await world.guarantor(generation)
      const port = await freePort()
      const tab = generation === 'tab' && { extra: { tabEndpoint: `http://127.0.0.1:${port}/payment/tab` } }
      const terms = { accepts: [...others, { ...credit, ...tab }] }
      const asked = { exact: facilitators.v2.url, '4mica-credit': facilitator.url }
      return keep(open('http', { terms, facilitator: asked, cores }, { port, facilitator, asset: world.asset }))
    })
  return [
    plain('http', 'http', facilitators.v2.url),
    plain('hono', 'hono', facilitators.v2.url),
    plain('express', 'express', facilitators.v2.url),
    plain('settle-first', 'http', facilitators.v2.url, { release: 'settle-first' }),
    plain('v1 facil.', 'http', v1),
    guaranteed('4mica', ['4mica-credit'], []),
    guaranteed('exact + 4mica', ['exact', '4mica-credit'], [exact]),
  ]
}

async function open(front, options, { port, facilitator, asset } = {}) {
  let served = 0
  const work = () => {
    served += 1
    return { paid: true }
  }
  const paid = paywall({ store: farthing.memoryStore(), ...options })
  await paid.ready()
  const listener = await fronts[front](paid, work)
  const requests = []
  const server = await listen(
    (request, response) => {
      const { method, url: path, headers } = request
      requests.push({ method, path, headers: { ...headers } })
      if (path === '/payment/tab') return openTab(request, response, facilitator, asset)
      return listener(request, response)
    },
    { port },
  )
  return { url: server.url, requests, served: () => served, stop: server.stop }
}

/** Guarantees of generation 1 are charged to a tab, which the seller has its facilitator open: no part of a payment. */
async function openTab(request, response, facilitator, asset) {
  const { userAddress } = JSON.parse((await readBody(request)).toString())
  const body = JSON.stringify({ userAddress, recipientAddress: payTo, network: NETWORK, erc20Token: asset })
  const headers = { 'content-type': 'application/json' }
  const opened = await fetch(`${facilitator.url}/tabs`, { method: 'POST', headers, body })
  const { tabId, nextReqId } = await opened.json()
  answer(response, opened.status, { tabId, userAddress, nextReqId })
}
