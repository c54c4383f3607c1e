// A seller in a process of its own that remembers every payment it ever got: the truth that stores are held against.
//
// argv[2]: { seed?, files?, script? } as JSON. A seed makes it moody until told { calm: true }; `files` and `script`
// are what it serves to a page of its own origin. Speaks with its parent by messages.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { challengeFor, randomFrom } from './buying.mjs'

const { seed, files, script } = JSON.parse(process.argv[2] ?? '{}')
const chance = seed === undefined ? undefined : randomFrom(seed)
const moods = [
  [0.45, 'settles'],
  [0.6, 'settles and drops'],
  [0.7, 'drops'],
  [0.8, 'asks again'],
  [0.9, 'fails'],
  [0.96, 'settles late'],
  [1, 'says nothing'],
]
const payments = []
const known = new Set()
let isCalm = seed === undefined
let shiftMs = 0

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64')
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

const server = createServer(async (request, response) => {
  const url = new URL(request.url, origin())
  if (url.pathname !== '/goods') return serveFile(url, response)
  response.setHeader('date', new Date(Date.now() + shiftMs).toUTCString())
  const value = request.headers['payment-signature']
  if (value === undefined) return demand(url, response)
  const mood = isCalm ? 'settles' : moodOf(chance())
  known.add(value)
  payments.push({ purchase: url.searchParams.get('purchase'), value, mood, atMs: Date.now() + shiftMs })
  process.send({ paid: known.size })
  if (mood === 'drops') return response.destroy()
  if (mood === 'asks again') return demand(url, response)
  if (mood === 'fails') return response.writeHead(500).end()
  if (mood === 'says nothing') return response.end('goods')
  if (mood === 'settles late') await wait(40)
  if (mood === 'settles and drops') return response.destroy()
  response.setHeader('payment-response', encode(settlementOf(value))).end('goods')
})

const moodOf = (draw) => moods.find(([limit]) => draw < limit)[1]

function demand(url, response) {
  response.writeHead(402, { 'payment-required': encode(challengeFor(url.href)) }).end()
}

function settlementOf(value) {
  const { accepted, payload } = JSON.parse(Buffer.from(value, 'base64').toString())
  const { from, nonce } = payload.authorization
  return { success: true, transaction: nonce, network: accepted.network, payer: from }
}

const types = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' }

function serveFile(url, response) {
  const path = normalize(url.pathname)
  if (path === '/')
    return response.setHeader('content-type', 'text/html').end('<!doctype html><link rel="icon" href="data:,">')
  const file = path === '/script.mjs' ? script : files && path.startsWith('/dist/') && join(files, path)
  if (!file) return response.writeHead(404).end()
  response.setHeader('content-type', types[extname(file)] ?? 'text/plain').end(readFileSync(file))
}

function origin() {
  return `http://127.0.0.1:${server.address().port}`
}

process.on('message', ({ ask, calm, shift }) => {
  if (calm) isCalm = true
  if (shift) shiftMs += shift
  if (ask === 'payments') process.send({ payments })
})
// The parent is gone: nobody asks any more.
process.on('disconnect', () => process.exit())
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => process.send({ origin: origin() }))
