// `farthing/4mica` and `farthing/sandbox` in somebody else's project: each works alone, and whoever only pays gets
// nothing of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertAtHome, bundle, check, countingModules, forWorkers, inlinedIn, resolutions, runModule } from './project.mjs'

const parts = { account: 'farthing/4mica', sandbox: 'farthing/sandbox' }
const uses = {
  payer: `import { localWallet, wrapFetch } from 'farthing'
globalThis.pay = (key, account) => wrapFetch(fetch, { wallet: localWallet(key), account })`,
  account: `import { openAccount, readiness } from 'farthing/4mica'
globalThis.look = (options) => Promise.all([openAccount(options), readiness(options)])`,
  sandbox: `import { createSandbox } from 'farthing/sandbox'
globalThis.sandbox = createSandbox()`,
}
/** Files of the package that belong to a part, by whatever name. */
const filesOf = (part) => new RegExp(`/dist/(${part}|entry-${parts[part].slice(9)})/|/farthing_${part}[._]`)

test('farthing/4mica alone opens an account and looks whether everything is ready', () => {
  const program = `import { openAccount, readiness } from 'farthing/4mica'
const address = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const wallet = { kind: 'external', account: async () => address, sign: async () => '0x' }
const fetch = async () => new Response('', { status: 503 })
const options = { wallet, network: 'eip155:84532', fetch }
const account = await openAccount(options)
const { ready, checks } = await readiness(options)
console.log(account.address === address, ready, checks.length)
await account.collateral().catch(({ name, code }) => console.log(name, code))
`
  const { status, output } = runModule('account.mjs', program)
  assert.equal(status, 0, output)
  assert.equal(output, 'true false 6\nPaymentError guarantee/core-unreachable\n')
})

test('farthing/sandbox alone demands money and answers for nobody else', () => {
  const program = `import { createSandbox } from 'farthing/sandbox'
const sandbox = await createSandbox()
const answers = await Promise.all([sandbox.sellers[0].url, 'https://elsewhere.test/'].map((url) => sandbox.fetch(url)))
console.log(...answers.map(({ status }) => status))
sandbox.stop()
`
  const { status, output } = runModule('sandbox.mjs', program)
  assert.equal(status, 0, output)
  assert.equal(output, '402 404\n')
})

test('importing them starts nothing, and importing farthing as well shares one class of errors', () => {
  const program = `${countingModules}const { openAccount } = await import('farthing/4mica')
const { createSandbox } = await import('farthing/sandbox')
const { PaymentError } = await import('farthing')
const before = compiled
const tell = (thrown) => console.log(thrown instanceof PaymentError, thrown.code)
await createSandbox({ network: 'eip155:1' }).catch(tell)
await openAccount({ network: 'eip155:84532' }).catch(tell)
console.log(before, compiled)
`
  const { output } = runModule('shared.mjs', program)
  assert.equal(output, 'true misuse/options\ntrue misuse/options\n0 1\n')
})

const consumer = `import {
  openAccount, readiness,
  type Account, type AccountOptions, type Alarm, type Collateral, type Exposure, type Movement, type Readiness,
  type Sum, type Via, type Watched,
} from 'farthing/4mica'
import {
  createSandbox, type ClosedCycle, type Sandbox, type SandboxBalances, type SandboxFault, type SandboxSeller,
} from 'farthing/sandbox'
import { localWallet, memoryStore, wrapFetch, type Wallet } from 'farthing'

export async function look(): Promise<string> {
  const sandbox: Sandbox = await createSandbox({ generation: 'clearing-house', sellers: [{ price: 10_000n }] })
  const wallet: Wallet = localWallet(new Uint8Array(32).fill(1))
  const { cores, assets, fetch } = sandbox
  const options: AccountOptions = { wallet, network: 'eip155:84532', cores, assets, fetch }
  const account: Account = await openAccount(options)
  const store = memoryStore()
  const pay = await wrapFetch(fetch, { wallet, cores, assets, store, account })
  const [seller]: SandboxSeller[] = sandbox.sellers
  const fault: SandboxFault = 'conflict'
  sandbox.inject(fault)
  if (seller) await pay(seller.url)
  const exposure: Exposure = await account.exposure(store)
  const alarms: Alarm[] = exposure.alarms
  const sum: Sum = { amount: 5n }
  const via: Via = 'calldata'
  const moved: Movement = await account.deposit(sum, { via })
  const collateral: Collateral = await account.collateral()
  const ready: Readiness = await readiness({ ...options, store })
  const closed: ClosedCycle[] = sandbox.closeCycle()
  const balances: SandboxBalances = sandbox.balances()
  for await (const watched of account.watch(store)) {
    const seen: Watched = watched
    if (seen.kind === 'trouble') throw seen.error
  }
  return [alarms.length, moved.transactions.length, collateral.words, ready.words, closed.length, balances].join()
}
`
for (const [module, moduleResolution] of resolutions) {
  test(`a strict TypeScript consumer of both compiles with ${moduleResolution} resolution, libraries checked`, () => {
    const { status, output } = check({ 'parts.ts': consumer }, { module, moduleResolution })
    assert.equal(status, 0, output)
  })
}

test('TypeScript refuses accounts and sandboxes that make no sense', () => {
  const wallet = `wallet: { kind: 'external', account: async () => '', sign: async () => '' }`
  const wrong = {
    'no-wallet': `openAccount({ network: 'eip155:84532' })`,
    'no-network': `openAccount({ ${wallet} })`,
    'number-as-amount': `(await openAccount({ ${wallet}, network: 'eip155:84532' })).deposit({ amount: 5 })`,
    'unknown-route': `(await openAccount({ ${wallet}, network: '' })).deposit({ amount: 5n }, { via: 'pigeon' })`,
    'unknown-generation': `createSandbox({ generation: 'tab' })`,
    'unknown-fault': `(await createSandbox()).inject('explode')`,
    'fractions-as-price': `createSandbox({ sellers: [{ price: '0.01' }] })`,
  }
  const imports = Object.entries({ openAccount: parts.account, createSandbox: parts.sandbox })
  const head = imports.map(([name, from]) => `import { ${name} } from '${from}'\nvoid ${name}\n`).join('')
  const sources = Object.entries(wrong).map(([name, source]) => [`${name}.ts`, `${head}await ${source}\n`])
  const { output } = check(Object.fromEntries(sources), { module: 'nodenext', moduleResolution: 'nodenext' })
  for (const [name] of sources) assert.match(output, new RegExp(`^${name}\\(5,\\d+\\): error TS`, 'm'), name)
})

const inlined = (text, part) => assert.equal(inlinedIn(text, `farthing_${part}`), 1)
const asModule = (text, part) => assert.match(text, new RegExp(`from ["'][^"']*/farthing_${part}_bg\\.wasm["']`))
for (const { runtime, options, has, forbidden } of [
  { runtime: 'browser', options: {}, has: inlined, forbidden: [] },
  { runtime: 'Worker', options: forWorkers, has: asModule, forbidden: [/WebAssembly\.compile/] },
]) {
  test(`a ${runtime} bundle that only pays holds nothing of account and sandbox`, async () => {
    const { text, inputs } = await bundle(uses.payer, options)
    for (const part of Object.keys(parts)) {
      assert.deepEqual(inputs.filter((path) => filesOf(part).test(path)), [], part)
      assert.doesNotMatch(text, new RegExp(`farthing_${part}`))
    }
  })

  for (const part of Object.keys(parts)) {
    test(`a ${runtime} bundle of ${parts[part]} has its own wasm, no other part, nothing foreign`, async () => {
      const { text, inputs } = await bundle(uses[part], options)
      const [other] = Object.keys(parts).filter((name) => name !== part)
      assert.ok(inputs.some((path) => filesOf(part).test(path)), inputs.join())
      assert.deepEqual(inputs.filter((path) => filesOf(other).test(path)), [])
      has(text, part)
      assertAtHome(text, ...forbidden)
    })
  }
}
