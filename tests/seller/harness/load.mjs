// Load from a process of its own: a bounded number of connections that are kept open, plain sockets so that asking
// costs little beside answering.
//
// argv[2]: { origins, path } as JSON. Then by messages, one at a time:
//   { prepare: n, validSeconds? }           signs n payments for what `path` asks of the first origin, forgets older ones
//   { send: kind, count, atOnce, from? }    sends them to the origins in turn, answers a tally
// Kinds: `unpaid`, `paid` (each a payment of its own), `copies` (all the one payment `from`, in several spellings), and
// `junk` (a header that holds no payment).
// A tally is { ms, statuses, contents, other }: how often each status came, how many different bodies a 200 had, and
// one body of each other status.
import { connect } from 'node:net'
import { offerAt, paymentsFor, spellingsOf } from './payments.mjs'

const { origins, path } = JSON.parse(process.argv[2])
const hosts = origins.map((origin) => new URL(origin))
let make
let prepared = []

const paymentOf = {
  paid: (number) => prepared[number],
  copies: (number, spellings) => spellings[number % spellings.length],
  junk: (number) => `bm90aGluZw${number}`,
}

async function prepare({ prepare: count, validSeconds }) {
  make ??= await paymentsFor({ ...(await offerAt(`${origins[0]}${path}`)), validSeconds })
  prepared = Array.from({ length: count }, () => make().header)
  return { prepared: count }
}

async function send({ send: kind, count, atOnce, from = 0 }) {
  const tally = { statuses: {}, contents: new Set(), other: {} }
  const spellings = kind === 'copies' ? spellingsOf(prepared[from]) : []
  let next = 0
  const lane = async (_, which) => {
    const host = hosts[which % hosts.length]
    const ask = await connection(host)
    while (next < count) {
      const number = from + next
      next += 1
      // The name is the work's: copies have one name, everything else one each.
      const place = `${path}?n=${kind === 'copies' ? from : number}`
      const payment = paymentOf[kind]?.(number, spellings)
      const header = payment === undefined ? '' : `PAYMENT-SIGNATURE: ${payment}\r\n`
      const { status, body } = await ask(`GET ${place} HTTP/1.1\r\nHost: ${host.host}\r\n${header}\r\n`)
      tally.statuses[status] = (tally.statuses[status] ?? 0) + 1
      if (status === 200) tally.contents.add(body)
      else tally.other[status] ??= body.slice(0, 600)
    }
    ask.end()
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, lane))
  return { ...tally, ms: performance.now() - started, contents: tally.contents.size }
}

/** A function that sends one request over a connection of its own and gives { status, body }. */
async function connection({ hostname, port }) {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  socket.setEncoding('latin1')
  let received = ''
  let settle
  let failure
  const fail = (cause) => {
    failure = cause ?? new Error('cannot ask: the server closed the connection')
    settle?.reject(failure)
  }
  socket.on('error', fail).on('close', () => fail())
  socket.on('data', (text) => {
    received += text
    const answer = answerIn(received)
    if (!answer) return
    received = ''
    const { resolve } = settle
    settle = undefined
    resolve(answer)
  })
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const ask = (head) =>
    new Promise((resolve, reject) => {
      if (failure) return reject(failure)
      settle = { resolve, reject }
      socket.write(head)
    })
  return Object.assign(ask, { end: () => socket.removeAllListeners('close').end() })
}

/** One whole answer: of a known length, or in chunks, whose sizes are left in the body. */
function answerIn(received) {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = received.slice(0, end)
  const body = received.slice(end + 4)
  const length = /^content-length: (\d+)$/im.exec(head)?.[1]
  const isWhole = length === undefined ? body.endsWith('0\r\n\r\n') : body.length >= Number(length)
  return isWhole ? { status: Number(head.slice(9, 12)), body } : undefined
}

process.on('message', async (asked) => {
  process.send(asked.prepare ? await prepare(asked) : await send(asked))
})
process.on('disconnect', () => process.exit())
process.send('ready')
