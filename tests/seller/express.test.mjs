// farthing/seller/express in real Express apps: JSON, streams, files, parsers before and after, errors.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { buyer, env, listening, payExpress, peer, stall } from './support.mjs'

const { default: express } = await peer('express')

/** An app with a route, listening, and a payer for it. */
async function app(t, build, options) {
  const stage = stall(options)
  const made = express()
  build(made, payExpress(stage.paid), stage)
  // Whatever reaches it was not sold.
  made.use((error, _request, response, _next) => response.status(error.status ?? 500).send(`app: ${error.message}`))
  const origin = await listening(t, made)
  return { ...stage, origin, pay: await buyer(origin) }
}

test('a route behind payExpress is paid, knows who paid, and repeats its answer', async (t) => {
  let runs = 0
  const { pay, origin, settlements } = await app(t, (made, paid) => {
    made.get('/api/paid', paid, (_request, response) => {
      response.cookie('a', '1').cookie('b', '2').set('x-own', 'yes')
      response.json({ payer: response.locals.payment.payer.toLowerCase(), run: (runs += 1) })
    })
  })
  assert.equal((await fetch(`${origin}/api/paid`)).status, 402)
  const answer = await pay(`${origin}/api/paid`)
  const expected = { payer: env.payer.address.toLowerCase(), run: 1 }
  assert.deepEqual([await answer.json(), pay.recordOf(answer).state], [expected, 'settled'])
  assert.deepEqual(answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]), ['a=1', 'b=2'])
  const { headers } = answer
  assert.deepEqual([headers.get('x-own'), headers.get('etag'), headers.get('cache-control')], ['yes', null, 'private, no-store'])
  const again = await fetch(`${origin}/api/paid`, { headers: { 'payment-signature': pay.sent[0] } })
  assert.deepEqual([await again.json(), again.headers.getSetCookie().length], [expected, 2])
  assert.deepEqual([settlements(), runs], [1, 1])
})

test('below a router the whole path is what is sold', async (t) => {
  const { pay, origin } = await app(t, (made, paid) => {
    const router = express.Router()
    router.get('/paid', paid, (_request, response) => void response.send('sun'))
    made.use('/deep/down', router)
  })
  const answer = await pay(`${origin}/deep/down/paid?day=1`)
  assert.equal(await answer.text(), 'sun')
})

test('a parser after the paywall reads the body that was paid for', async (t) => {
  const { pay, origin, settlements } = await app(t, (made, paid) => {
    made.post('/json', paid, express.json({ limit: '2mb' }), (request, response) => void response.json({ got: request.body.text.length }))
    made.post('/raw', paid, express.raw({ type: () => true }), (request, response) => void response.send(request.body))
    made.post('/pipe', paid, (request, response) => void request.pipe(response))
    made.post('/ignored', paid, (_request, response) => void response.send('sun'))
    made.post('/empty', paid, express.json(), (request, response) => void response.json({ got: request.body ?? null }))
  })
  const text = 'ä'.repeat(300_000)
  const json = { method: 'POST', body: JSON.stringify({ text }), headers: { 'content-type': 'application/json' } }
  assert.deepEqual(await (await pay(`${origin}/json`, json)).json(), { got: text.length })
  const body = Uint8Array.from({ length: 60_000 }, (_, at) => at % 256)
  for (const path of ['raw', 'pipe']) {
    const answer = await pay(`${origin}/${path}`, { method: 'POST', body })
    assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), body, path)
  }
  assert.equal(await (await pay(`${origin}/ignored`, { method: 'POST', body })).text(), 'sun')
  assert.deepEqual(await (await pay(`${origin}/empty`, { method: 'POST' })).json(), { got: null })
  assert.equal(settlements(), 5)
})

test('a parser before the paywall must keep the bytes, or nothing is sold and the mistake is named', async (t) => {
  const keep = (request, _response, bytes) => void (request.rawBody = bytes)
  const { pay, origin, settlements } = await app(t, (made, paid) => {
    const answer = (request, response) => void response.json(request.body)
    made.post('/kept', express.json({ verify: keep }), paid, answer)
    made.post('/lost', express.json(), paid, answer)
  })
  const init = { method: 'POST', body: '{"city":"Bern"}', headers: { 'content-type': 'application/json' } }
  assert.deepEqual(await (await pay(`${origin}/kept`, init)).json(), { city: 'Bern' })
  const lost = await fetch(`${origin}/lost`, init)
  assert.equal(lost.status, 500)
  assert.match(await lost.text(), /put payExpress first, or keep the bytes as request\.rawBody/)
  assert.equal(settlements(), 1)
})

test('streams, files and pieces arrive whole', async (t) => {
  const file = join(tmpdir(), `farthing-${process.pid}.bin`)
  const bytes = Buffer.alloc(3_000_000, 'sun ')
  writeFileSync(file, bytes)
  const { pay, origin } = await app(t, (made, paid) => {
    made.get('/file', paid, (_request, response) => response.sendFile(file))
    made.get('/pieces', paid, (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' })
      for (const piece of ['one ', 'two ', 'three']) response.write(piece)
      response.end()
    })
    made.get('/stream', paid, (_request, response) => {
      Readable.from(Array.from({ length: 100 }, () => bytes.subarray(0, 30_000))).pipe(response)
    })
    made.get('/nothing', paid, (_request, response) => void response.status(204).end())
  })
  assert.deepEqual(Buffer.from(await (await pay(`${origin}/file`)).arrayBuffer()), bytes)
  assert.equal(await (await pay(`${origin}/pieces`)).text(), 'one two three')
  assert.equal((await (await pay(`${origin}/stream`)).arrayBuffer()).byteLength, 3_000_000)
  assert.equal((await pay(`${origin}/nothing`)).status, 204)
})

test('a handler that throws, rejects or answers no success settles nothing', async (t) => {
  const { pay, origin, settlements } = await app(t, (made, paid) => {
    made.get('/throws', paid, () => {
      throw new Error('no forecast')
    })
    made.get('/rejects', paid, async () => {
      throw new Error('no forecast')
    })
    made.get('/missing', paid, (_request, _response, next) => next())
    made.get('/away', paid, (_request, response) => response.redirect('/elsewhere'))
  })
  for (const path of ['throws', 'rejects']) {
    const answer = await pay(`${origin}/${path}`)
    assert.deepEqual([answer.status, await answer.text()], [500, 'app: no forecast'])
  }
  assert.equal((await pay(`${origin}/missing`)).status, 404)
  assert.equal(settlements(), 0)
})

test('a handler that never answers is given up, and what it says later reaches nobody', async (t) => {
  const late = []
  const { pay, origin, settlements } = await app(
    t,
    (made, paid) => {
      made.get('/slow', paid, (_request, response) => void late.push(response))
    },
    { handlerTimeoutMs: 100 },
  )
  const answer = await pay(`${origin}/slow`)
  assert.deepEqual([answer.status, (await answer.json()).error], [504, 'sale/handler-failed'])
  late[0].write('too late')
  late[0].end()
  assert.equal(settlements(), 0)
  assert.equal((await fetch(`${origin}/slow`)).status, 402, 'the server lives')
})

test('one connection carries an unpaid request with a body and the next one', async (t) => {
  const { origin } = await app(t, (made, paid) => {
    made.post('/paid', paid, (_request, response) => void response.send('never'))
  })
  const { port } = new URL(origin)
  const { Agent } = await import('node:http')
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  const ask = () =>
    new Promise((resolve, reject) => {
      const asked = httpRequest({ port, method: 'POST', path: '/paid', agent }, (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer.statusCode))
      })
      asked.on('error', reject)
      asked.end('x'.repeat(100_000))
    })
  assert.deepEqual([await ask(), await ask(), await ask()], [402, 402, 402])
})
