// `exact` against the official software: sellers that settle on a chain, and facilitators asked directly. The chain
// says what happened.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { accounts, payer, payTo, PRICE, startPeers } from '../runtime/peers.mjs'
import { decodeHeader } from '../peers/http.mjs'
import { buyer, failure, paymentsIn } from './support.mjs'

let peers
before(async () => void (peers = await startPeers()))
after(() => peers?.stop())

for (const [name, what, version] of [
  ['v2', 'v2 hono', 2],
  ['express', 'v2 express', 2],
  ['v1', 'v1 hono', 1],
]) {
  test(`official ${what} seller: the price moves from payer to payee, under the nonce of the record`, async () => {
    const { chain, sellers } = peers
    const balances = async () => [await chain.balanceOf(payer.address), await chain.balanceOf(payTo)]
    const [had, got] = await balances()
    const pay = await buyer(peers.env)
    const answer = await pay(`${sellers[name].url}/paid`)
    assert.deepEqual(await answer.json(), { paid: true })
    assert.deepEqual(await balances(), [had - PRICE, got + PRICE])

    const { attempt, evidence, terms, state } = pay.recordOf(answer)
    assert.equal(state, 'settled')
    assert.equal(terms.x402Version, version)
    assert.equal(await chain.authorizationState(payer.address, attempt.nonce), true)
    const { logs, status } = await chain.rpc('eth_getTransactionReceipt', [evidence.transaction])
    assert.equal(status, '0x1')
    assert.ok(
      logs.some(
        ({ address, topics }) => address === chain.token.address.toLowerCase() && topics.includes(attempt.nonce),
      ),
    )
  })

  test(`official ${what} seller: bytes of a POST come back as they were sent`, async () => {
    const pay = await buyer(peers.env)
    const body = Uint8Array.from({ length: 70_000 }, (_, at) => at % 251)
    const headers = { 'content-type': 'application/octet-stream' }
    const answer = await pay(`${peers.sellers[name].url}/paid`, { method: 'POST', body, headers })
    assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), body)
    assert.equal(pay.recordOf(answer).state, 'settled')
  })

  test(`official ${what} seller: a payer without funds is refused, nothing moves, and the outcome is not called proven`, async () => {
    const broke = accounts[7]
    const got = await peers.chain.balanceOf(payTo)
    const pay = await buyer({ ...peers.env, payer: broke })
    const error = await failure(pay(`${peers.sellers[name].url}/paid`), 'settlement/demanded-again')
    assert.equal(error.money, 'unknown')
    // Version 2 says it in the challenge, version 1 in the body.
    assert.match(error.facts, /^the seller says "\w*(funds|simulation_failed)/)
    assert.equal(error.record.state, 'unknown')
    assert.equal(await peers.chain.authorizationState(broke.address, error.record.attempt.nonce), false)
    assert.equal(await peers.chain.balanceOf(payTo), got)
  })
}

test('the authorisation is valid from before now until after now, and no longer than the seller asks', async () => {
  for (const name of ['v2', 'v1']) {
    const seller = peers.sellers[name]
    const from = seller.requests.length
    const pay = await buyer(peers.env)
    const now = Math.floor(Date.now() / 1000)
    await pay(`${seller.url}/paid`)
    const { authorization } = decodeHeader(paymentsIn(seller.requests.slice(from))[0]).payload
    const [validAfter, validBefore] = [Number(authorization.validAfter), Number(authorization.validBefore)]
    assert.ok(validAfter > now - 900 && validAfter < now, `validAfter ${validAfter}, now ${now}`)
    assert.ok(validBefore > now && validBefore <= now + 122, `validBefore ${validBefore}, now ${now}`)
  }
})

test('two payments have two nonces that share nothing', async () => {
  const pay = await buyer(peers.env)
  const nonces = []
  for (let round = 0; round < 3; round += 1) {
    const answer = await pay(`${peers.sellers.v2.url}/paid`)
    nonces.push(pay.recordOf(answer).attempt.nonce)
  }
  assert.equal(new Set(nonces.map((nonce) => nonce.slice(2, 18))).size, 3, nonces.join())
})

for (const name of ['v2-hono', 'v2-express', 'v1-hono', 'v1-express', 'v1-hono-v2client']) {
  test(`recorded challenge of ${name}: the official facilitator accepts our payment, and not a changed one`, async () => {
    const { challenge, terms, url } = recorded(name)
    const { accepts, x402Version } = terms
    const payment = await paymentFor(challenge, url)
    const facilitator = peers.facilitators[`v${x402Version}`]
    const verify = async (paymentPayload) => {
      const body = JSON.stringify({ x402Version, paymentPayload, paymentRequirements: accepts[0] })
      return (await fetch(`${facilitator.url}/verify`, { method: 'POST', body })).json()
    }
    const verdict = await verify(payment)
    assert.equal(verdict.isValid, true, JSON.stringify(verdict))
    assert.equal(verdict.payer.toLowerCase(), payer.address.toLowerCase())

    const changed = structuredClone(payment)
    changed.payload.authorization.validBefore = String(Number(changed.payload.authorization.validBefore) + 1)
    assert.notEqual((await verify(changed)).isValid, true)
  })
}

test('recorded challenge of v2-svm-hono: no chain of ours, so nothing is signed', async () => {
  const { challenge, url } = recorded('v2-svm-hono')
  await assert.rejects(paymentFor(challenge, url), { code: 'parse/network' })
})

/** The first 402 of a recording, as the client received it; without its date, which is long past. */
function recorded(name) {
  const path = new URL(`../vectors/transcripts/${name}.json`, import.meta.url)
  const messages = JSON.parse(readFileSync(path, 'utf8')).filter(({ label }) => label === 'client <-> resource-server')
  const { head, body } = messages.find(({ dir, head }) => dir === '<' && head.startsWith('HTTP/1.1 402'))
  const lines = head
    .split('\r\n')
    .slice(1)
    .map((line) => /^([^:]+): (.*)$/.exec(line).slice(1))
  const headers = lines.filter(([key]) => !/^(date|connection|keep-alive|content-length|transfer-encoding)$/i.test(key))
  const host = /host: (\S+)/.exec(messages[0].head)[1]
  const header = new Headers(headers).get('payment-required')
  const terms = header ? decodeHeader(header) : JSON.parse(body)
  return { challenge: () => new Response(body, { status: 402, headers }), terms, url: `http://${host}/paid` }
}

/** What farthing sends in answer to a challenge; the answer to that is nobody's business here. */
async function paymentFor(challenge, url) {
  let sent
  const pay = await buyer(
    { ...peers.env, sellers: { recorded: new URL(url).origin } },
    {
      fetch: async (_, { headers }) => {
        const payment = paymentsIn([{ headers: Object.fromEntries(headers) }])[0]
        if (!payment) return challenge()
        sent = decodeHeader(payment)
        return new Response('thanks')
      },
    },
  )
  await pay(url)
  return sent
}
