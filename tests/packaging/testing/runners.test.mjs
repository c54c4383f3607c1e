// The README's code inside the test runners that others use: it pays there, and where a runner cannot import modules
// it says so, and not something else.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { freshProject, run, start } from '../stacks/fresh.mjs'
import { partsOf, serverCode, startMarket } from '../stacks/market.mjs'

let market
before(async () => (market = await startMarket()))
after(() => market?.stop())

/** A test of somebody's shop that pays. */
const paying = (head = '') => {
  const { imports, body } = partsOf(serverCode(market.url))
  return `${head}${imports}
test('pays', async () => {
${body}  expect(pay.recordOf(response).state).toBe('settled')
})
`
}
const env = () => ({ PAYER_KEY: market.payer.privateKey })

test("Vitest runs the README's code without configuration, and it pays", async () => {
  const folder = freshProject({ 'shop.test.js': paying("import { expect, test } from 'vitest'\n") })
  const said = await market.paidFor(() => run(folder, ['vitest', 'run'], env()))
  assert.match(said, /1 passed/)
})

test('Vitest runs it also where jsdom pretends to be a page, and it pays', async () => {
  const folder = freshProject({ 'shop.test.js': paying("import { expect, test } from 'vitest'\n") })
  const said = await market.paidFor(() => run(folder, ['vitest', 'run', '--environment', 'jsdom'], env()))
  assert.match(said, /1 passed/)
})

test("Jest runs the README's code in its own mode for modules, and it pays", async () => {
  const folder = freshProject({ 'shop.test.js': paying() })
  const given = { ...env(), NODE_OPTIONS: '--experimental-vm-modules' }
  const said = await market.paidFor(() => run(folder, ['jest'], given))
  assert.match(said, /1 passed/)
})

test("Jest runs CommonJS tests that require it, in that mode and Node 24, and it pays", async () => {
  const source = paying().replace('import ', 'const ').replace("from 'farthing'", "= require('farthing')")
  const folder = freshProject({ 'shop.test.js': source }, { manifest: { type: 'commonjs' } })
  const given = { ...env(), NODE_OPTIONS: '--experimental-vm-modules' }
  const said = await market.paidFor(() => run(folder, ['jest'], given))
  assert.match(said, /1 passed/)
})

test('Jest where jsdom pretends to be a page knows our errors, and says what is missing there to pay', async () => {
  const source = `import { localWallet, PaymentError, wrapFetch } from 'farthing'
test('a page that shows an error', () => expect(new PaymentError('budget/exceeded').next).toBe('wait'))
test('a page that pays', async () => {
  const policy = { perRequest: '0.10 USD', sellers: ['shop.test'] }
  const wallet = localWallet(process.env.PAYER_KEY)
  const started = wrapFetch(async () => {}, { wallet, policy })
  await expect(started).rejects.toMatchObject({ code: 'misuse/start-up', facts: expect.stringMatching(/Response/) })
})
`
  const folder = freshProject({ 'page.test.js': source })
  const given = { ...env(), NODE_OPTIONS: '--experimental-vm-modules' }
  assert.match(await run(folder, ['jest', '--env', 'jsdom'], given), /2 passed/)
})

test('Jest without that mode says which module it cannot read, and that it is an ES module', async () => {
  const source = `test('starts', () => void require('farthing'))\n`
  const folder = freshProject({ 'shop.test.js': source }, { manifest: { type: 'commonjs' } })
  const { ended, output } = start(folder, ['jest'])
  assert.equal(await ended, 1)
  assert.match(output(), /Must use import to load ES Module: \S+\/node_modules\/farthing\/dist\/entry\/node\.js/)
})
