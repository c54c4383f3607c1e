// Our seller as people run it in Deno and Bun: their own servers, a SQLite file, the official facilitator, a real chain;
// paid over HTTP by our payer.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startChain } from '../peers/chain.mjs'
import { startFacilitatorV2 } from '../peers/x402-v2.mjs'
import { buyer, env, project } from './support.mjs'

const binary = (name) => {
  const path = fileURLToPath(new URL(`../stores/runtimes/node_modules/.bin/${name}`, import.meta.url))
  if (!existsSync(path)) throw new Error(`cannot test in ${name}: run npm --prefix tests/stores/runtimes ci`)
  return path
}
const commands = { bun: [binary('bun'), 'run'], deno: [binary('deno'), 'run', '-A'] }

const program = join(project, 'counter.mjs')
writeFileSync(
  program,
  `import { paywall } from 'farthing/seller'
import { sqliteStore } from 'farthing/stores/sqlite'

const { file, port, ...options } = JSON.parse(process.argv[2])
const paid = paywall({ ...options, store: await sqliteStore(file) })
let runs = 0
const sell = paid(async (request, payment) =>
  Response.json({ runtime: 'Bun' in globalThis ? 'bun' : 'deno', run: (runs += 1), said: await request.text(), for: payment.payer }),
)
const listening = (port) => console.log(JSON.stringify({ port }))
if ('Bun' in globalThis) listening(Bun.serve({ hostname: '127.0.0.1', port, fetch: sell }).port)
else Deno.serve({ hostname: '127.0.0.1', port, onListen: (at) => listening(at.port) }, sell)
`,
)

const files = mkdtempSync(join(tmpdir(), 'farthing-counters-'))
let chain, facilitator
before(async () => {
  chain = await startChain()
  await chain.mint(env.payer.address, 10_000_000n)
  facilitator = await startFacilitatorV2(chain)
})
after(async () => {
  for (const peer of [facilitator, chain]) await peer?.stop()
  rmSync(files, { recursive: true, force: true })
})

/** A counter that sells, until it is killed. */
async function open(t, runtime, port = 0) {
  const [command, ...first] = commands[runtime]
  const terms = { network: chain.network, payTo: env.payTo, price: '0.01 USD' }
  const options = { terms, facilitator: facilitator.url, paymentIdentifier: 'required' }
  const given = JSON.stringify({ file: join(files, `${runtime}.db`), port, ...options })
  const child = spawn(command, [...first, program, given], {
    cwd: project,
    env: { ...process.env, DENO_NO_UPDATE_CHECK: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const close = async () => {
    child.kill('SIGKILL')
    await ended
  }
  t.after(close)
  for await (const line of createInterface(child.stdout)) {
    const { port } = JSON.parse(line)
    return { port, url: `http://127.0.0.1:${port}/paid`, close }
  }
  throw new Error(`cannot sell in ${runtime}: it ended`)
}

for (const runtime of Object.keys(commands)) {
  test(`in ${runtime} a payment buys its request once, and again only what was kept, across a restart`, async (t) => {
    const counter = await open(t, runtime)
    const post = { method: 'POST', body: 'rain?' }

    const unpaid = await fetch(counter.url, post)
    const { accepts } = JSON.parse(atob(unpaid.headers.get('payment-required')))
    assert.deepEqual([unpaid.status, accepts[0].amount, accepts[0].payTo], [402, '10000', env.payTo])
    assert.equal((await unpaid.json()).error, 'Payment required')

    const had = await chain.balanceOf(env.payTo)
    const pay = await buyer(`http://127.0.0.1:${counter.port}`)
    const answer = await pay(counter.url, post)
    const goods = { runtime, run: 1, said: 'rain?', for: env.payer.address }
    assert.deepEqual([answer.status, await answer.json()], [200, goods])
    assert.equal(pay.recordOf(answer).state, 'settled')
    assert.equal((await chain.balanceOf(env.payTo)) - had, 10_000n)

    const [header] = pay.sent
    const again = (url, init) => fetch(url, { ...init, headers: { 'payment-signature': header } })
    const repeat = await again(counter.url, post)
    assert.deepEqual([repeat.status, await repeat.json()], [200, goods])
    assert.equal(repeat.headers.get('payment-response'), answer.headers.get('payment-response'))
    const other = await again(counter.url, { ...post, body: 'sun?' })
    assert.deepEqual([other.status, (await other.json()).error], [409, 'sale/reused'])

    await counter.close()
    const { url } = await open(t, runtime, counter.port)
    const later = await again(url, post)
    assert.deepEqual([later.status, await later.json()], [200, goods])
    assert.deepEqual([pay.sent.length, (await chain.balanceOf(env.payTo)) - had], [1, 10_000n])
  })
}
