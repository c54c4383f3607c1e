// The Worker that is paid, as it stands in examples/ and in the README: in workerd, with its Durable Object. The official
// client pays it, ours does, and so does a page of another origin. Real chain, official facilitator.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { readers } from '../browser/readers.mjs'
import { startStall } from '../browser/stall.mjs'
import { workerModules } from '../runtime/harness/workerd.mjs'
import { installTarball, requireTool } from '../runtime/harness/installed.mjs'

const PRICE = 10_000n
const example = fileURLToPath(new URL('../../examples/worker-seller/', import.meta.url))
const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

let stall, worker, url
before(async () => {
  stall = await startStall()
  const config = JSON.parse(read('examples/worker-seller/wrangler.jsonc').replace(/^\s*\/\/.*$/gm, '').replace(/,(\s*[}\]])/g, '$1'))
  assert.equal(config.compatibility_flags, undefined, 'no flags, nodejs_compat least of all')
  const { Miniflare } = requireTool('miniflare')
  worker = new Miniflare({
    ...(await workerModules({ entryPoints: [join(example, config.main)], external: ['cloudflare:workers'] }, installTarball())),
    compatibilityDate: config.compatibility_date,
    durableObjects: { SALES: { className: 'FarthingStore', useSQLite: true } },
    bindings: { ...config.vars, FACILITATOR: stall.facilitator.url, PAY_TO: stall.payTo },
    port: 0,
  })
  url = `${(await worker.ready).href}forecast`
})
after(async () => {
  await worker?.dispose()
  await stall?.stop()
})

const got = [200, { forecast: 'sun' }, 'settled']

/** What `act` returned, and that it cost a cent. */
async function forACent(act) {
  const before = await stall.paid()
  const result = await act()
  assert.equal((await stall.paid()) - before, PRICE)
  return result
}

test('the Worker has twelve lines, and the README shows it as it is', () => {
  const code = read('examples/worker-seller/worker.js')
  assert.ok(code.trim().split('\n').length <= 14 && code.split('\n').filter(Boolean).length <= 12)
  const [, shown] = /^```js seller\n([\s\S]*?)^```$/m.exec(read('README.md'))
  assert.equal(shown, code)
})

test('the official client pays it', async () => {
  const require = createRequire(new URL('../peers/package.json', import.meta.url))
  const [{ wrapFetchWithPaymentFromConfig }, { ExactEvmScheme }, { privateKeyToAccount }] = await Promise.all(
    ['@x402/fetch', '@x402/evm', 'viem/accounts'].map((name) => import(pathToFileURL(require.resolve(name)).href)),
  )
  const client = new ExactEvmScheme(privateKeyToAccount(stall.payer.privateKey))
  const pay = wrapFetchWithPaymentFromConfig(fetch, { schemes: [{ network: 'eip155:*', client }] })
  const answer = await forACent(() => pay(url))
  const { success } = JSON.parse(atob(answer.headers.get('payment-response')))
  assert.deepEqual([answer.status, await answer.json(), success && 'settled'], got)
})

test('our client pays it, and the same payment gets the same answer from the Durable Object', async () => {
  const { localWallet, wrapFetch } = stall.farthing
  const policy = { perRequest: '0.10 USD', sellers: [new URL(url).origin] }
  const sent = []
  const noting = (input, init) => {
    sent.push(new Headers(init?.headers).get('payment-signature'))
    return fetch(input, init)
  }
  const pay = await wrapFetch(noting, { wallet: localWallet(stall.payer.privateKey), policy })
  const answer = await forACent(() => pay(url))
  assert.deepEqual([answer.status, await answer.json(), pay.recordOf(answer).state], got)
  const before = await stall.paid()
  const again = await fetch(url, { headers: { 'payment-signature': sent.at(-1) } })
  assert.deepEqual([again.status, await again.json()], got.slice(0, 2))
  assert.equal(await stall.paid(), before)
})

for (const [name, reader] of Object.entries(readers)) {
  test(`a page of another origin pays it with ${name}`, async () => {
    const { page, complaints, close } = await stall.read()
    const asked = { url, key: stall.payer.privateKey, origin: new URL(url).origin }
    assert.deepEqual(await forACent(() => page.evaluate(reader, asked)), got)
    assert.deepEqual(complaints, [])
    await close()
  })
}

test('a person pays it by wallet', async () => {
  const { page, complaints, close } = await stall.open(url)
  await page.getByRole('button', { name: 'Pay 0.01 USD with Test wallet' }).click()
  await forACent(() => page.getByRole('heading', { name: 'What you bought' }).waitFor())
  assert.deepEqual(complaints, [])
  await close()
})
