// `farthing/seller` in somebody else's project: alone, typed, small in a Worker, and nothing of it in a page that pays.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertAtHome, bundle, check, countingModules, forWorkers, inlinedIn, resolutions, runModule } from './project.mjs'

const sells = `import { memoryStore, paywall } from 'farthing/seller'
const terms = { network: 'eip155:84532', payTo: '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC', price: '0.01 USD' }
const paid = paywall({ terms, facilitator: 'https://facilitator.example', store: memoryStore() })
`

test('farthing/seller alone demands payment, and starts nothing before the first request', () => {
  const program = `${countingModules}const { memoryStore, paywall } = await import('farthing/seller')
${sells.split('\n').slice(1).join('\n')}
const serve = paid(() => new Response('never'))
const before = compiled
const answers = await Promise.all([1, 2, 3].map(() => serve(new Request('https://shop.example/paid'))))
console.log(before, compiled, ...answers.map(({ status }) => status))
`
  const { status, output } = runModule('sells.mjs', program)
  assert.equal(status, 0, output)
  assert.equal(output, '0 1 402 402 402\n')
})

test('the adapters load by themselves, without a framework', () => {
  const program = `import { payExpress } from 'farthing/seller/express'
import { payHono } from 'farthing/seller/hono'
import { payNext } from 'farthing/seller/next'
${sells}
console.log(...[payExpress(paid), payHono(paid), payNext(paid)].map((made) => typeof made))
`
  assert.equal(runModule('adapters.mjs', program).output, 'function function function\n')
})

const consumer = `import {
  paywall, SALE_CODES, type Accepts, type Buyer, type Guarded, type Handler, type Paid, type Paywall, type PaywallOptions,
  type Release, type SaleCode, type SaleRecord, type Terms, type Told,
} from 'farthing/seller'
import { payExpress } from 'farthing/seller/express'
import { payHono } from 'farthing/seller/hono'
import { payNext } from 'farthing/seller/next'
import { memoryStore } from 'farthing'

const accepts: Accepts = { network: 'eip155:84532', payTo: '0x0', price: { amount: 10_000n, asset: '0x0' } }
const release: Release = { optimistic: { cap: '1 USD' } }
const options: PaywallOptions<Terms> = {
  terms: { accepts: [accepts], description: 'x', floor: '0.001 USD' },
  facilitator: { exact: { url: 'https://f.example', headers: async () => ({ authorization: 'x' }) } },
  store: memoryStore(),
  release,
  rpc: { 'eip155:84532': 'https://node.example' },
  admit: (buyer: Buyer) => buyer.payer !== '0x0',
  report: ({ code, cause }: Told) => console.log(code, cause),
}
const paid: Paywall<Terms> = paywall(options)
type Env = { SECRET: string }
const worker = { fetch: paid((_request, payment, env: Env) => new Response(payment.payer + env.SECRET)) }
const guarded: Guarded<[Env, object]> = paid(
  (request) => (request.url.endsWith('free') ? 'free' : accepts),
  (_request, payment, env: Env, _context: object) => new Response((payment?.price ?? 'free') + env.SECRET),
)
const handler: Handler<Paid, []> = async (request, { id, signal }) => fetch(request.url + id, { signal })
export const GET = payNext(paid)((_request, payment, { params }: { params: Promise<{ city: string }> }) =>
  Response.json([payment?.payer, params]),
)
export const used = [worker, guarded, handler, payHono(paid), payExpress(paid, accepts)]
export async function look(): Promise<string> {
  await paid.ready()
  const records: SaleRecord[] = await paid.sales({ limit: 10 })
  const told: Told[] = await paid.reconcile()
  const code: SaleCode = told[0]?.code ?? 'sale/unknown'
  return SALE_CODES[code].fix + String(records.length)
}
`
for (const [module, moduleResolution] of resolutions) {
  test(`a strict TypeScript seller compiles with ${moduleResolution} resolution, libraries checked`, () => {
    const { status, output } = check({ 'sells.ts': consumer }, { module, moduleResolution })
    assert.equal(status, 0, output)
  })
}

test('TypeScript refuses paywalls that make no sense', () => {
  const good = `facilitator: 'https://f.example', store: memoryStore()`
  const terms = `network: 'eip155:84532', payTo: '0x0'`
  const wrong = {
    'no-store': `paywall({ terms: { ${terms}, price: '1 USD' }, facilitator: 'https://f.example' })`,
    'no-facilitator': `paywall({ terms: { ${terms}, price: '1 USD' }, store: memoryStore() })`,
    'number-as-price': `paywall({ terms: { ${terms}, price: 0.01 }, ${good} })`,
    'no-currency': `paywall({ terms: { ${terms}, price: '0.01' }, ${good} })`,
    'unknown-release': `paywall({ terms: { ${terms}, price: '1 USD' }, release: 'later', ${good} })`,
    'unknown-option': `paywall({ terms: { ${terms}, price: '1 USD' }, facilitators: {}, ${good} })`,
    'text-as-answer': `paywall({ terms: { ${terms}, price: '1 USD' }, ${good} })(() => 'sun')`,
    'perhaps-free': `paywall({ terms: () => 'free', ${good} })((_, payment) => new Response(payment.payer))`,
  }
  const head = `import { paywall } from 'farthing/seller'\nimport { memoryStore } from 'farthing'\nvoid memoryStore\n`
  const sources = Object.fromEntries(Object.entries(wrong).map(([name, source]) => [`${name}.ts`, `${head}void ${source}\n`]))
  const { output } = check(sources, { module: 'nodenext', moduleResolution: 'nodenext' })
  for (const name of Object.keys(sources)) assert.match(output, new RegExp(`^${name}\\(4,\\d+\\): error TS`, 'm'), name)
})

test('a Worker that sells carries its wasm as a module, not the payer, and nothing foreign', async () => {
  const { text, inputs } = await bundle(`${sells}export default { fetch: paid(() => new Response('sun')) }`, forWorkers)
  assert.ok(inputs.some((path) => path.endsWith('entry-seller/workerd.js')), inputs.join())
  assert.match(text, /from ["'].*farthing_seller_bg\.wasm["']/)
  assert.doesNotMatch(text, /farthing_bg\.wasm|farthing_owner|farthing_account/)
  assertAtHome(text, /WebAssembly\.compile/)
})

test('a service worker that sells has its wasm in it, and not the payer', async () => {
  const { text } = await bundle(`${sells}addEventListener('fetch', (event) => event.respondWith(paid(() => new Response('sun'))(event.request, event)))`)
  assert.equal(inlinedIn(text, 'farthing_seller'), 1)
  assert.equal(inlinedIn(text, 'farthing'), 0)
  assertAtHome(text)
})

test('a page that pays holds nothing of the seller', async () => {
  const { text, inputs } = await bundle(`import { localWallet, wrapFetch } from 'farthing'
globalThis.pay = (key) => wrapFetch(fetch, { wallet: localWallet(key) })`)
  assert.deepEqual(inputs.filter((path) => /\/dist\/(seller|entry-seller)\/|farthing_seller|generated\/sale/.test(path)), [])
  assert.doesNotMatch(text, /farthing_seller/)
})
