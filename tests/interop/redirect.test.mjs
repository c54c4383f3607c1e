// Redirects and foreign challenges in front of an official seller: a payment goes to the origin that was asked for, or
// to nobody (threats P32-P35).
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { PRICE, startPeers } from '../runtime/peers.mjs'
import { encodeHeader, listen, readBody } from '../peers/http.mjs'
import { buyer, failure, paymentsIn, spent } from './support.mjs'

let peers, door, asked
before(async () => {
  peers = await startPeers()
  // A seller's door: `/away` leads to another origin, `/paid` is the real seller behind it, `/in` leads to `/paid`.
  door = await listen(async (request, response) => {
    asked.push({ headers: { ...request.headers }, path: request.url })
    const { pathname } = new URL(request.url, door.url)
    const moved = {
      '/away': `${peers.sellers.v2.url}/paid`,
      '/in': '/paid',
      '/in-and-away': '/away',
      '/to-echo': '/echo',
    }[pathname]
    if (moved) return void response.writeHead(307, { location: moved }).end()
    const body = await readBody(request)
    if (pathname === '/echo') return void response.end(body)
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers
    const init = { method: request.method, headers, ...(body.length > 0 && { body }) }
    const answer = await fetch(new URL(pathname, peers.sellers.v2.url), init)
    const passed = Object.fromEntries([...answer.headers].filter(([name]) => /^(content-type|payment-)/.test(name)))
    const required = passed['payment-required']
    if (required) {
      const text = Buffer.from(required, 'base64').toString().replaceAll(peers.sellers.v2.url, door.url)
      passed['payment-required'] = encodeHeader(JSON.parse(text))
    }
    response.writeHead(answer.status, passed).end(Buffer.from(await answer.arrayBuffer()))
  })
})
after(async () => {
  await door?.stop()
  await peers?.stop()
})

/** A buyer that may pay the door, and, as far as the policy is concerned, the seller it leads to. */
async function visitor() {
  asked = []
  return buyer({ ...peers.env, sellers: { door: door.url, seller: peers.sellers.v2.url } })
}

for (const path of ['/away', '/in-and-away']) {
  test(`a redirect to another origin before the price (${path}) is not paid, though that origin is allowed`, async () => {
    const from = peers.sellers.v2.requests.length
    const pay = await visitor()
    const error = await failure(pay(`${door.url}${path}`), 'policy/redirect-cross-origin')
    assert.equal(error.money, 'untouched')
    assert.deepEqual(paymentsIn([...asked, ...peers.sellers.v2.requests.slice(from)]), [])
  })
}

test('a redirect inside the origin is paid at its target, once', async () => {
  const had = await spent(peers)
  const pay = await visitor()
  const answer = await pay(`${door.url}/in`)
  assert.deepEqual(await answer.json(), { paid: true })
  const record = pay.recordOf(answer)
  assert.equal(record.state, 'settled')
  assert.equal(record.request.path, '/in', 'the record names what was asked for')
  assert.deepEqual(
    asked.filter(({ headers }) => headers['payment-signature']).map(({ path }) => path),
    ['/paid'],
  )
  assert.equal((await spent(peers)) - had, PRICE)
})

test('a redirected request with a body is not paid', async () => {
  const pay = await visitor()
  await failure(pay(`${door.url}/in`, { method: 'POST', body: 'x' }), 'policy/redirect-body')
  assert.deepEqual(paymentsIn(asked), [])
})

test("a challenge for another origin's resource is not paid", async () => {
  asked = []
  const pay = await buyer({ ...peers.env, sellers: { door: door.url } }, { fetch: foreign })
  await failure(pay(`${door.url}/paid`), 'parse/resource-origin')
  assert.deepEqual(paymentsIn(asked), [])

  /** The door's own answer, with a challenge that names another shop. */
  async function foreign(input, init) {
    const answer = await fetch(input, init)
    const headers = new Headers(answer.headers)
    const text = Buffer.from(headers.get('payment-required'), 'base64').toString()
    headers.set(
      'payment-required',
      Buffer.from(text.replaceAll(door.url, 'https://elsewhere.example')).toString('base64'),
    )
    return new Response(answer.body, { status: answer.status, headers })
  }
})

test('a free page behind a redirect gets the body as without farthing', async () => {
  const pay = await visitor()
  for (const body of ['text', new TextEncoder().encode('bytes'), new URLSearchParams('a=1')]) {
    const answer = await pay(`${door.url}/to-echo`, { method: 'POST', body })
    assert.equal(await answer.text(), await new Response(body).text())
  }
})

test('a caller that follows no redirects gets the redirect, unpaid', async () => {
  const pay = await visitor()
  const answer = await pay(`${door.url}/away`, { redirect: 'manual' })
  assert.equal(answer.status, 307)
  assert.equal(pay.recordOf(answer), undefined)
  assert.equal(asked.length, 1)
})
