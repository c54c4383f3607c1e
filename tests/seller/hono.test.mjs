// farthing/seller/hono in real Hono apps: on Node's server, and called as a Worker calls them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buyer, env, listening, payHono, peer, stall } from './support.mjs'

const { Hono } = await peer('hono')
const { getRequestListener } = await peer('@hono/node-server')

test('a route behind payHono is paid, knows who paid, and keeps what other middleware adds', async (t) => {
  const { paid, settlements } = stall()
  const app = new Hono()
  app.use(async (c, next) => {
    await next()
    c.header('x-served-by', 'hono')
  })
  app.get('/paid', payHono(paid), (c) => c.json({ payer: c.get('payment').payer.toLowerCase() }))
  app.get('/free', (c) => c.text('free'))
  const origin = await listening(t, getRequestListener(app.fetch))
  const unpaid = await fetch(`${origin}/paid`)
  assert.equal(unpaid.status, 402)
  assert.equal(unpaid.headers.get('x-served-by'), 'hono')
  const pay = await buyer(origin)
  const answer = await pay(`${origin}/paid`)
  assert.deepEqual(await answer.json(), { payer: env.payer.address.toLowerCase() })
  assert.equal(pay.recordOf(answer).state, 'settled')
  assert.equal(answer.headers.get('x-served-by'), 'hono')
  assert.equal(answer.headers.get('cache-control'), 'private, no-store')
  assert.equal(settlements(), 1)
  assert.equal(await (await fetch(`${origin}/free`)).text(), 'free')
})

test('the handler reads the body that was paid for, and the same payment gets the same answer', async (t) => {
  const { paid, settlements } = stall()
  let runs = 0
  const app = new Hono()
  app.post('/paid', payHono(paid, { network: env.network, payTo: env.payTo, price: '0.02 USD' }), async (c) =>
    c.json({ ...(await c.req.json()), run: (runs += 1) }, 201),
  )
  const origin = await listening(t, getRequestListener(app.fetch))
  const pay = await buyer(origin)
  const init = { method: 'POST', body: '{"city":"Bern"}', headers: { 'content-type': 'application/json' } }
  const answer = await pay(`${origin}/paid`, init)
  assert.deepEqual([answer.status, await answer.json()], [201, { city: 'Bern', run: 1 }])
  assert.equal(pay.recordOf(answer).terms.amount, '20000')
  const again = await fetch(`${origin}/paid`, { ...init, headers: { ...init.headers, 'payment-signature': pay.sent[0] } })
  assert.deepEqual([again.status, await again.json()], [201, { city: 'Bern', run: 1 }])
  assert.equal(settlements(), 1)
})

test('a handler that throws, or answers no success, settles nothing', async (t) => {
  const { paid, settlements } = stall()
  const app = new Hono()
  app.onError((error, c) => c.text(`app: ${error.message}`, 500))
  app.get('/throws', payHono(paid), () => {
    throw new Error('no forecast')
  })
  app.get('/missing', payHono(paid), (c) => c.notFound())
  const origin = await listening(t, getRequestListener(app.fetch))
  const pay = await buyer(origin)
  const failed = await pay(`${origin}/throws`)
  assert.deepEqual([failed.status, await failed.text()], [500, 'app: no forecast'])
  assert.equal((await pay(`${origin}/missing`)).status, 404)
  assert.equal(settlements(), 0)
})

test('as a Worker: the request goes in, and its context keeps the sale going', async () => {
  const { paid } = stall()
  const app = new Hono()
  app.get('/paid', payHono(paid), (c) => c.text(c.env.SECRET))
  const kept = []
  const context = { waitUntil: (promise) => void kept.push(promise), passThroughOnException: () => {} }
  const ask = (input, init) => app.fetch(new Request(input, init), { SECRET: 'sun' }, context)
  const { farthing } = await import('./support.mjs')
  const policy = { perRequest: '0.10 USD', sellers: ['shop.test'] }
  const pay = await farthing.wrapFetch(ask, { wallet: farthing.localWallet(env.payer.privateKey), policy })
  assert.equal(await (await pay('https://shop.test/paid')).text(), 'sun')
  assert.equal(kept.length, 1)
  // Where the platform has no context, Hono throws when it is asked for.
  const plain = await farthing.wrapFetch((input, init) => app.request(input, init, { SECRET: 'sun' }), {
    wallet: farthing.localWallet(env.payer.privateKey),
    policy,
  })
  assert.equal(await (await plain('https://shop.test/paid')).text(), 'sun')
})

test('a body that was read before the paywall is the seller\'s mistake, and nothing is sold', async (t) => {
  const { paid, settlements, reports } = stall()
  const app = new Hono()
  app.use(async (c, next) => {
    if (c.req.header('payment-signature')) await c.req.raw.text()
    await next()
  })
  app.post('/paid', payHono(paid), (c) => c.text('never'))
  const origin = await listening(t, getRequestListener(app.fetch))
  const answer = await (await buyer(origin))(`${origin}/paid`, { method: 'POST', body: 'x' }).catch(({ response }) => response)
  assert.equal(answer.status, 500)
  assert.match(String(reports[0].cause), /the body was read before the paywall/)
  assert.equal(settlements(), 0)
})

test('where a facilitator redirects to nobody is asked, and nothing is sold', async (t) => {
  const asked = []
  const elsewhere = await listening(t, (request, response) => {
    asked.push(request.url)
    response.end('{"isValid":true}')
  })
  const facilitator = await listening(t, (request, response) => {
    response.writeHead(307, { location: `${elsewhere}${request.url}` }).end()
  })
  const { paid, reports } = stall({ facilitator, fetch: undefined })
  const app = new Hono()
  app.get('/paid', payHono(paid), (c) => c.text('sun'))
  const origin = await listening(t, getRequestListener(app.fetch))
  const pay = await buyer(origin)
  assert.equal((await pay(`${origin}/paid`)).status, 503)
  assert.deepEqual([reports.map(({ code }) => code), asked], [['sale/facilitator'], []])
})
