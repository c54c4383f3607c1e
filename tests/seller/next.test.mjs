// farthing/seller/next, called as Next calls route handlers: a Request of its own kind, and the route's context.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { env, farthing, payNext, stall } from './support.mjs'

/** What Next hands to a route handler. */
class NextRequest extends Request {
  get nextUrl() {
    return new URL(this.url)
  }
}

const payerOf = (handler, context) =>
  farthing.wrapFetch((input, init) => handler(new NextRequest(input, init), context), {
    wallet: farthing.localWallet(env.payer.privateKey),
    policy: { perRequest: '0.10 USD', sellers: ['shop.test'] },
  })

test('a route handler gets its own kind of request, the payment and the context of the route', async () => {
  const { paid, settlements } = stall()
  const POST = payNext(paid)(async (request, { payer }, { params }) => {
    const { city } = await params
    return Response.json({ city, day: request.nextUrl.searchParams.get('day'), body: await request.text(), payer })
  })
  const pay = await payerOf(POST, { params: Promise.resolve({ city: 'bern' }) })
  const answer = await pay('https://shop.test/api/bern?day=1', { method: 'POST', body: 'hello' })
  const { city, day, body, payer } = await answer.json()
  assert.deepEqual([city, day, body, payer.toLowerCase()], ['bern', '1', 'hello', env.payer.address.toLowerCase()])
  assert.equal(settlements(), 1)
})

test('paid(handler) is a route handler as it stands', async () => {
  const { paid } = stall()
  const GET = paid(async (_request, _payment, context) => Response.json(await context.params))
  const pay = await payerOf(GET, { params: Promise.resolve({ city: 'bern' }) })
  assert.deepEqual(await (await pay('https://shop.test/api/bern')).json(), { city: 'bern' })
})

test('a route may have terms of its own', async () => {
  const { paid } = stall()
  const GET = payNext(paid, () => 'free')((_request, payment) => Response.json({ paid: payment !== undefined }))
  assert.deepEqual(await (await GET(new NextRequest('https://shop.test/api'), {})).json(), { paid: false })
})
