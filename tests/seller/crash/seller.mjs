// A seller that is made to be killed. Whatever it does outside of itself is a numbered call: of the store, of the
// facilitator and the chain, of its handler, and the answer to the client. At one of them it kills itself.
//
// argv[2]: { place, sale, kill?, shiftMs, journal } as JSON. `kill` is { call, when }: at the call of that number
// `before` it is made, `during` it, or `after` it. `shiftMs` sets the clock on: a restart after the lease, without the
// wait. Every call writes its name to the file `journal` as it begins.
// Tells { origin }; then { reconcile: true } is answered by { reconciled }.
import { appendFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { listen } from '../../peers/http.mjs'
import { openPlace } from '../../stores/races/places.mjs'

const { place, sale, kill, shiftMs, journal } = JSON.parse(process.argv[2])
const { load } = await import(process.env.FARTHING_LOADER)
const subpath = (name) => load(name === 'index' ? 'farthing' : `farthing/${name}`)

const { now } = Date
Date.now = () => now() + shiftMs

let calls = 0
/** The same call, which may be the last one. `nameOf` tells what it is from its arguments. */
const mortal =
  (nameOf, act) =>
  async (...given) => {
    const number = calls
    calls += 1
    appendFileSync(journal, `${nameOf(...given)}\n`)
    const when = kill?.call === number ? kill.when : undefined
    if (when === 'before') return die()
    const acting = act(...given)
    if (when === 'during') {
      // Long enough for what was asked to be on its way, too short for most answers.
      await setTimeout(12)
      return die()
    }
    const answer = await acting
    if (when === 'after') return die()
    return answer
  }

function die() {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => {})
}

const { store: kept } = await openPlace(subpath, place)
const store = {
  ...kept,
  read: mortal(() => 'store: read', kept.read),
  reserve: mortal(({ entry }) => `store: reserve ${entry.state}`, kept.reserve),
  advance: mortal((from, { state }) => `store: advance ${from} to ${state}`, kept.advance),
}
const ask = mortal(nameOfAsk, (input, init) => fetch(input, init))
const work = mortal(() => 'handler', () => setTimeout(25))
const answer = mortal(() => 'answer', send)

const { paywall } = await subpath('seller')
const { network, payTo, release, facilitator, rpcUrl } = sale
const terms = { network, payTo, price: '0.01 USD' }
// As behind a proxy: the payment is for this origin, whichever process it comes to.
const origin = 'https://api.example.com'
// What is waited for decides how long a claim is left to whoever has it: with these a good half minute at most.
const patience = { handlerTimeoutMs: 5_000, timeoutMs: 5_000 }
const rpc = rpcUrl === undefined ? {} : { [network]: rpcUrl }
const paid = paywall({ terms, facilitator, store, origin, release, rpc, fetch: ask, ...patience })
const sell = paid(async (request) => {
  await work()
  const { searchParams } = new URL(request.url)
  return Response.json({ goods: searchParams.get('n'), grant: crypto.randomUUID() })
})
await paid.ready()

const { url } = await listen(async (request, response) => {
  const given = await sell(new Request(`http://${request.headers.host}${request.url}`, request))
  const isPaid = request.headers['payment-signature'] !== undefined
  await (isPaid ? answer : send)(given, response)
})

/** Resolves when the operating system has taken the whole answer. */
async function send(given, response) {
  response.writeHead(given.status, Object.fromEntries(given.headers))
  const body = Buffer.from(await given.arrayBuffer())
  await new Promise((resolve) => response.end(body, resolve))
}

function nameOfAsk(input, init) {
  const { origin, pathname } = new URL(input instanceof Request ? input.url : input)
  if (origin !== sale.rpcUrl) return `facilitator: ${pathname.slice(1)}`
  return `chain: ${JSON.parse(init.body).method}`
}

process.on('message', async () => process.send({ reconciled: await paid.reconcile() }))
process.on('disconnect', () => process.exit())
process.send({ origin: url })
