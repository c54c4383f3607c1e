// The packed tarball in somebody else's empty project: what npm does with it, what Node and TypeScript make of it,
// and what a bundler puts into a page.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import {
  assertAtHome,
  bundle,
  check,
  countingModules,
  forWorkers,
  inlinedIn,
  installed,
  manifest,
  project,
  resolutions,
  runModule,
} from './project.mjs'

test('nothing else is installed with it, and nothing runs at installation', () => {
  assert.deepEqual(
    readdirSync(join(project, 'node_modules')).filter((name) => !name.startsWith('.')),
    ['farthing'],
  )
  for (const field of [
    'dependencies',
    'optionalDependencies',
    'peerDependencies',
    'bundleDependencies',
    'scripts',
    'bin',
  ]) {
    assert.equal(manifest[field], undefined, field)
  }
  assert.equal(existsSync(join(installed, 'binding.gyp')), false, 'npm would compile it')
})

test('every file that the exports name is in the package', () => {
  const targets = (value) => (typeof value === 'string' ? [value] : Object.values(value).flatMap(targets))
  const named = targets(manifest.exports)
  assert.ok(named.length > 10)
  for (const path of named) assert.ok(existsSync(join(installed, path)), path)
})

test('the package holds compiled files only, and no path of the machine that built it', () => {
  const files = readdirSync(installed, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  for (const { name } of files) assert.match(name, /\.(js|js\.map|d\.ts|wasm|json|md)$|^LICENSE/, name)
  for (const { name, parentPath, path } of files) {
    const bytes = readFileSync(join(parentPath ?? path, name), 'latin1')
    for (const trace of ['/work/', '/root/', '/home/', '.cargo/registry']) {
      assert.equal(bytes.includes(trace), false, `${name} contains ${trace}`)
    }
  }
})

test('Node imports it, starts it and reads a policy, without a flag or a warning', () => {
  const program = `import { localWallet, wrapFetch } from 'farthing'
const wallet = localWallet('0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d')
const pay = await wrapFetch(fetch, { wallet })
console.log(typeof pay, JSON.parse(pay.policy.json).perRequest)
`
  const { status, output } = runModule('imports.mjs', program)
  assert.equal(status, 0, output)
  assert.equal(output, 'function 0.10 USD\n')
})

test('importing it starts nothing: no file is read and no module compiled before the first wrapFetch', () => {
  const program = `import fs from 'node:fs/promises'
${countingModules}const { localWallet, wrapFetch } = await import('farthing')
const wallet = localWallet(new Uint8Array(32).fill(1))
const before = compiled
await wrapFetch(fetch, { wallet })
console.log(before, compiled > 0)
`
  assert.equal(runModule('lazy.mjs', program).output, '0 true\n')
})

const consumer = `import {
  discoverWallets, injectedWallet, localWallet, memoryStore, PaymentError, wrapFetch, wrapFetchWithPayment,
  type ErrorCode, type Money, type PaymentRecord, type PayingFetch, type Policy, type Quote, type Store, type Wallet,
} from 'farthing'

const policy: Policy = {
  perRequest: '0.10 USD',
  budgets: [{ limit: '5 USD', every: 'day' }],
  sellers: ['api.example.com'],
  assets: ['eip155:8453/erc20:0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913'],
}
const wallet: Wallet = localWallet(new Uint8Array(32).fill(1))
const store: Store = memoryStore()

export async function buy(): Promise<string> {
  const pay: PayingFetch = await wrapFetch(fetch, { wallet, policy, store })
  const quote: Quote = await pay.quote('https://api.example.com/paid')
  if (quote.payable) return quote.record.terms?.price ?? 'free'
  try {
    const answer: Response = await pay('https://api.example.com/paid', { task: 'trip-42', method: 'POST', body: '{}' })
    const record: PaymentRecord | undefined = pay.recordOf(answer)
    return record?.evidence.transaction ?? (await answer.text())
  } catch (thrown) {
    if (!(thrown instanceof PaymentError)) throw thrown
    const code: ErrorCode = thrown.code
    const money: Money = thrown.money
    return code === 'budget/exceeded' ? thrown.fix : money
  }
}
export const dropIn: typeof fetch = wrapFetchWithPayment(fetch, wallet, 100_000n)
export const announced = async () => injectedWallet((await discoverWallets())[0]!.provider)
`
for (const [module, moduleResolution] of resolutions) {
  test(`a strict TypeScript consumer compiles with ${moduleResolution} resolution, libraries checked`, () => {
    const { status, output } = check({ 'consumer.ts': consumer }, { module, moduleResolution })
    assert.equal(status, 0, output)
  })
}

test('TypeScript refuses options that make no sense', () => {
  const wallet = 'wallet: localWallet(new Uint8Array(32))'
  const wrong = {
    'unknown-policy-field': `${wallet}, policy: { perRequets: '0.10 USD' }`,
    'amount-without-currency': `${wallet}, policy: { perRequest: '0.10' }`,
    'unknown-window': `${wallet}, policy: { budgets: [{ limit: '5 USD', every: 'fortnight' }] }`,
    'number-as-limit': `${wallet}, policy: { perRequest: 0.1 }`,
    'unknown-option': `${wallet}, polcy: {}`,
    'key-as-wallet': `wallet: '0x00'`,
    'no-wallet': '',
  }
  const source = (options) =>
    `import { localWallet, wrapFetch } from 'farthing'\nvoid localWallet\nawait wrapFetch(fetch, { ${options} })\n`
  const sources = Object.fromEntries(Object.entries(wrong).map(([name, options]) => [`${name}.ts`, source(options)]))
  const { output } = check(sources, { module: 'nodenext', moduleResolution: 'nodenext' })
  for (const name of Object.keys(sources)) assert.match(output, new RegExp(`^${name}\\(3,\\d+\\): error TS`, 'm'), name)
})

/** What a page writes that pays. */
const page = `import { injectedWallet, wrapFetch } from 'farthing'
globalThis.pay = (provider) => wrapFetch(fetch, { wallet: injectedWallet(provider) })`

test('a browser bundle needs nothing of Node and nothing that a strict CSP forbids', async () => {
  const { text, inputs } = await bundle(page)
  assert.ok(
    inputs.some((path) => path.endsWith('entry/web.js')),
    inputs.join(),
  )
  assertAtHome(text)
})

test('a browser bundle has its wasm in it, once, and looks for no file', async () => {
  const { text } = await bundle(page)
  // esbuild splits only when told to, so the check of certificates is in it, too.
  for (const name of ['farthing', 'farthing_bls']) assert.equal(inlinedIn(text, name), 1, name)
  for (const name of ['farthing_owner', 'farthing_account', 'farthing_seller']) assert.equal(inlinedIn(text, name), 0, name)
  assert.doesNotMatch(text, /import\.meta|\.wasm["'`]/)
})

test('what is inlined is the wasm of the same name', () => {
  const names = readdirSync(join(installed, 'dist')).filter((name) => name.endsWith('.wasm.js'))
  assert.ok(names.length > 4)
  for (const name of names) {
    const [, text] = /'(.+)'/.exec(readFileSync(join(installed, 'dist', name), 'utf8'))
    const wasm = readFileSync(join(installed, 'dist', name.replace('.wasm.js', '_bg.wasm')))
    assert.ok(inflateRawSync(Buffer.from(text, 'base64')).equals(wasm), name)
  }
})

test('a bundle for the edge imports its wasm as Vercel wants it, and compiles none', async () => {
  const edge = { conditions: ['edge-light'], external: ['*.wasm?module'] }
  const { text, inputs } = await bundle(page, edge)
  assert.ok(inputs.some((path) => path.endsWith('entry/edge.js')), inputs.join())
  assert.match(text, /from ["'].*farthing_bg\.wasm\?module["']/)
  assertAtHome(text, /WebAssembly\.compile/)
})

test('a Worker bundle imports its wasm as modules and compiles none', async () => {
  const { text, inputs } = await bundle(page, forWorkers)
  assert.ok(
    inputs.some((path) => path.endsWith('entry/workerd.js')),
    inputs.join(),
  )
  assert.match(text, /from ["'].*farthing_bg\.wasm["']/)
  assertAtHome(text, /WebAssembly\.compile/)
})
