// A facilitator in a process of its own that agrees at once and keeps count, and beside it a counter of work done.
//
// Like the chain it settles a nonce once and refuses to do it again. argv[2]: { delayMs? } as JSON: how long it takes.
//   GET /supported, POST /verify, POST /settle: x402
//   POST /work/<name>: counts one piece of work
//   GET /tally: { verified, settled, asked: { <nonce>: times settle was asked }, worked: { <name>: times } }
import { setTimeout } from 'node:timers/promises'
import { listen } from '../../peers/http.mjs'

const { delayMs = 0 } = JSON.parse(process.argv[2] ?? '{}')
let verified = 0
let settled = 0
const asked = new Map()
const worked = new Map()
const count = (map, name) => {
  map.set(name, (map.get(name) ?? 0) + 1)
  return map.get(name)
}

const supported = {
  kinds: [1, 2].map((x402Version) => ({ x402Version, scheme: 'exact', network: 'eip155:84532' })),
  extensions: [],
  signers: {},
}

function verify({ payer }) {
  verified += 1
  return { isValid: true, payer }
}

function settle({ payer, nonce, network, value }) {
  const answer = { transaction: '', network, payer }
  if (count(asked, nonce) > 1) return { success: false, errorReason: 'invalid_transaction_state', ...answer }
  settled += 1
  return { success: true, ...answer, transaction: nonce, amount: value }
}

/** Who pays, by which nonce, where and how much, in a request of either x402 version. */
function paidIn(body) {
  const { paymentPayload, paymentRequirements } = JSON.parse(body)
  const { from: payer, nonce, value } = paymentPayload.payload.authorization
  return { payer, nonce, value, network: paymentRequirements.network }
}

const routes = {
  '/verify': (body) => verify(paidIn(body)),
  '/settle': (body) => settle(paidIn(body)),
  '/supported': () => supported,
  '/tally': () => ({ verified, settled, asked: Object.fromEntries(asked), worked: Object.fromEntries(worked) }),
}

const { url } = await listen((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', async () => {
    const { url: path } = request
    const act = path.startsWith('/work/') ? () => count(worked, path.slice(6)) : routes[path]
    const answer = JSON.stringify(act(Buffer.concat(chunks).toString()))
    if (delayMs > 0) await setTimeout(delayMs)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) }).end(answer)
  })
})
process.on('disconnect', () => process.exit())
process.send({ url })
