// Every example for real: the Worker in workerd, the agent in Node, the native one with cargo. Official seller, real
// chain. The page has a suite of its own (tests/browser).
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { accounts, startChain } from '../peers/chain.mjs'
import { startFacilitatorV2, startSellerV2 } from '../peers/x402-v2.mjs'
import { installTarball, requireTool } from '../runtime/harness/installed.mjs'
import { workerModules } from '../runtime/harness/workerd.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const examples = join(root, 'examples')
const [, payer, payee] = accounts
const price = 10_000n

let chain, facilitator, seller, folder
before(async () => {
  folder = installTarball()
  chain = await startChain()
  await chain.mint(payer.address, 1_000_000n)
  facilitator = await startFacilitatorV2(chain)
  seller = await startSellerV2({ chain, facilitatorUrl: facilitator.url, payTo: payee.address })
})
after(async () => {
  for (const peer of [seller, facilitator, chain]) await peer?.stop()
})

const paid = () => chain.balanceOf(payee.address)
const paymentsSent = () => seller.requests.map(({ headers }) => headers['payment-signature']).filter(Boolean)

test('the Worker pays, returns the content and names the record', () =>
  withWorker('worker.js', {}, async (ask) => {
    const before = await paid()
    const { status, text, headers } = await ask()
    assert.deepEqual([status, text], [200, '{"paid":true}'])
    assert.match(headers.get('payment-record'), /^p_[0-9a-f]{32} settled$/)
    assert.equal((await paid()) - before, price)
  }))

test('the Worker pays once for callers with the same key, at once or one after the other', () =>
  withWorker('worker.js', {}, async (ask) => {
    const [before, sent] = [await paid(), paymentsSent().length]
    const headers = { 'idempotency-key': 'order-17' }
    const answers = await Promise.all([ask({ headers }), ask({ headers }), ask({ headers })])
    assert.deepEqual(
      answers.map(({ status, text }) => `${status} ${text}`),
      Array(3).fill('200 {"paid":true}'),
    )
    // The official seller does not answer a payment twice; the Worker tells so, and does not pay again.
    assert.equal(JSON.parse((await ask({ headers })).text).code, 'purchase/already-settled')
    assert.equal((await paid()) - before, price)
    assert.equal(new Set(paymentsSent().slice(sent)).size, 1, 'one authorisation')
  }))

test('the Worker answers what went wrong without paying', async () => {
  const dear = await startSellerV2({ chain, facilitatorUrl: facilitator.url, price: '$0.06', payTo: payee.address })
  try {
    await withWorker('worker.js', { SELLER: `${dear.url}/paid` }, async (ask) => {
      const before = await paid()
      const { status, text } = await ask()
      const { code, money } = JSON.parse(text)
      assert.deepEqual([status, code, money], [502, 'policy/over-cap', 'untouched'])
      assert.equal(await paid(), before)
    })
  } finally {
    await dear.stop()
  }
})

test('the snippet is short and pays', () =>
  withWorker('snippet.js', {}, async (ask) => {
    const lines = readFileSync(join(examples, 'worker-buyer/snippet.js'), 'utf8').trim().split('\n')
    assert.ok(lines.length <= 15, `${lines.length} lines`)
    const before = await paid()
    const { text, headers } = await ask()
    assert.equal(text, '{"paid":true}')
    assert.match(headers.get('payment-record'), /^p_/)
    assert.equal((await paid()) - before, price)
  }))

test('the agent pays under its task and says where the money went', async () => {
  const before = await paid()
  const { status, stdout, stderr } = await runAgent([`${seller.url}/paid`, 'trip-42', 'weather for the plan'])
  assert.equal(status, 0, stderr)
  assert.match(stdout, /^\{"paid":true\}$/m)
  assert.match(stdout, new RegExp(`settled {2}0\\.01 USD {2}${seller.url}/paid {2}weather for the plan`))
  assert.match(stdout, new RegExp(`to ${payee.address} on eip155:84532`))
  assert.match(stdout, /allowed by perRequest 0\.10 USD/)
  const [, hash] = /transaction (0x[0-9a-f]{64})/.exec(stdout)
  assert.equal((await chain.publicClient.getTransactionReceipt({ hash })).status, 'success')
  assert.equal((await paid()) - before, price)
})

test('the agent tells a lost answer from a refusal', async () => {
  seller.failNext('drop-after-payment')
  const { status, stdout, stderr } = await runAgent([`${seller.url}/paid`, 'trip-43'])
  assert.equal(status, 1)
  assert.match(stderr, /^settlement\/lost: .*\nmoney: unknown$/m)
  assert.match(stdout, /unknown {2}0\.01 USD/)
})

test('the native example does each command once and repeats a payment byte for byte', async () => {
  const { status, stdout, stderr } = await ended('cargo', ['run', '--quiet', '--example', 'rust-native'], { cwd: root })
  assert.equal(status, 0, stderr)
  const commands = stdout.match(/^[a-z]+(?= )/gm)
  const first = ['load', 'probe', 'account', 'reserve', 'sign', 'advance', 'send', 'finish', 'record']
  assert.deepEqual(commands, [...first, 'load', 'send', 'finish', 'record'])
  const records = stdout.match(/^record +(.*)$/gm).map((line) => JSON.parse(line.slice(7)))
  assert.deepEqual(
    records.map(({ state }) => state),
    ['settled', 'settled'],
  )
  assert.equal(records[0].attempt.authorisation, records[1].attempt.authorisation)
})

async function withWorker(main, bindings, use) {
  const worker = await startWorker(main, bindings)
  const ask = async (init) => {
    const answer = await worker.dispatchFetch('http://worker.test/', init)
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  try {
    await use(ask)
  } finally {
    await worker.dispose()
  }
}

/** The Worker as wrangler.jsonc describes it: bundled for workerd, its wasm left as modules. */
async function startWorker(main, bindings) {
  const config = wranglerConfig()
  assert.equal(config.compatibility_flags, undefined, 'no flags, nodejs_compat least of all')
  const { Miniflare } = requireTool('miniflare')
  return new Miniflare({
    ...(await workerModules({ entryPoints: [join(examples, 'worker-buyer', main)] }, folder)),
    compatibilityDate: config.compatibility_date,
    bindings: { ...config.vars, SELLER: `${seller.url}/paid`, PAYER_KEY: payer.privateKey, ...bindings },
  })
}

function wranglerConfig() {
  const text = readFileSync(join(examples, 'worker-buyer/wrangler.jsonc'), 'utf8')
  return JSON.parse(text.replace(/^\s*\/\/.*$/gm, '').replace(/,(\s*[}\]])/g, '$1'))
}

function runAgent(args) {
  copyFileSync(join(examples, 'node-agent/agent.mjs'), join(folder, 'agent.mjs'))
  const env = { ...process.env, PAYER_KEY: payer.privateKey }
  return ended(process.execPath, ['agent.mjs', ...args], { cwd: folder, env })
}

/** Not spawnSync: the seller lives in this process and must answer meanwhile. */
async function ended(program, args, options) {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (text) => (stdout += text))
  child.stderr.on('data', (text) => (stderr += text))
  const status = await new Promise((settle, reject) => child.on('close', settle).on('error', reject))
  return { status, stdout, stderr }
}
