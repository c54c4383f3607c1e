// The code in docs/ and the README's Worker, as they stand there.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { accounts, startChain } from '../peers/chain.mjs'
import { deployContracts } from '../peers/contracts/deploy.mjs'
import { startCore } from '../peers/fourmica/core.mjs'
import { startFacilitator4mica } from '../peers/fourmica/facilitator.mjs'
import { startSeller4mica } from '../peers/fourmica/seller.mjs'
import { startFacilitatorV2 } from '../peers/x402-v2.mjs'
import { installTarball } from '../runtime/harness/installed.mjs'

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const blocks = (path, word = 'js') =>
  [...read(path).matchAll(new RegExp(`^\`\`\`${word}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, code]) => code)
const folder = installTarball()

async function run(name, code) {
  const file = join(folder, `${name}.mjs`)
  writeFileSync(file, code)
  return import(pathToFileURL(file))
}

test('the README shows the Worker of examples/shared-budget as it is', () => {
  assert.deepEqual(blocks('README.md', 'js worker'), [read('examples/shared-budget/worker.js')])
})

test('the policy of docs/policy.md is one, and every rule in it is understood', async () => {
  const [policy] = blocks('docs/policy.md')
  const { pay } = await run(
    'policy',
    `import { localWallet, wrapFetch } from 'farthing'
${policy}
export const pay = await wrapFetch(fetch, { wallet: localWallet('0x${'11'.repeat(32)}'), policy })`,
  )
  const understood = JSON.parse(pay.policy.json)
  assert.equal(understood.budgets.length, 5)
  assert.equal(understood.maxRise, 20)
  const left = await pay.remaining({ agent: 'a' }, 'https://api.example.com')
  assert.deepEqual(
    left.map(({ shown }) => shown),
    left.map(({ shown }) => shown).filter((text) => /USD|purchases|at once/.test(text)),
  )
  assert.ok(left.length >= 4, JSON.stringify(left))
})

test('the suite of docs/stores.md checks a store', async () => {
  const [code] = blocks('docs/stores.md')
  const { names } = await run(
    'stores',
    `import { memoryStore } from 'farthing'
const myStore = memoryStore
export const names = []
const test = (name, run) => names.push([name, run])
${code.replaceAll(/^import/gm, 'import')}`,
  )
  assert.ok(names.length > 50, `${names.length} checks`)
  for (const [name, check] of names.slice(0, 5)) await assert.doesNotReject(Promise.resolve(check()), name)
})

test('the account of docs/4mica.md deposits, pays, looks and settles on a real chain', async (t) => {
  const chain = await startChain()
  t.after(chain.stop)
  const contracts = await deployContracts(chain)
  const core = await startCore({ chain, contracts })
  t.after(core.stop)
  const facilitator = await startFacilitator4mica({ coreUrl: core.url, chain, contracts })
  t.after(facilitator.stop)
  const seller = await startSeller4mica({ facilitatorUrl: facilitator.url, payTo: accounts[2].address })
  t.after(seller.stop)
  await chain.mint(accounts[1].address, 20_000_000n)
  globalThis.stage = {
    wallet: chain.walletClient(1),
    cores: [{ network: chain.network, url: core.url, clearingHouse: contracts.clearingHouse.address }],
    policy: { perRequest: '0.10 USD', sellers: [seller.url] },
    meanwhile: async (pay) => {
      await (await pay(`${seller.url}/paid`)).text()
      await core.closeCycle(chain.token.address)
    },
  }
  const [code] = blocks('docs/4mica.md')
  const { alarms, cycles } = await run(
    'account',
    `import { memoryStore, wrapFetch } from 'farthing'
const { wallet, cores, policy, meanwhile } = globalThis.stage
const store = memoryStore()
${code.replace('https://sepolia.base.org', chain.rpcUrl).replace('// … purchases, a cycle closes …', 'await meanwhile(pay)')}
export { alarms, cycles }`,
  )
  assert.deepEqual(alarms, [])
  assert.deepEqual(cycles.map(({ state, amount }) => [state, amount]), [['owes', seller.amount]])
  assert.equal(await chain.balanceOf(contracts.clearingHouse.address), BigInt(seller.amount))
})

test('the sandbox of docs/4mica.md is paid and nets', async () => {
  const [code] = blocks('docs/4mica.md', 'js sandbox')
  const { closed } = await run('sandbox', code.replace(/console\.log\((sandbox\.closeCycle\(\))\).*/, 'export const closed = $1'))
  assert.equal(closed[0].positions.find(({ netDebit }) => netDebit !== '0').netDebit, '50000')
})

test('the paywall of docs/selling.md sells by both of its prices', async (t) => {
  const chain = await startChain()
  t.after(chain.stop)
  const facilitator = await startFacilitatorV2(chain)
  t.after(facilitator.stop)
  await chain.mint(accounts[1].address, 1_000_000n)
  const [code] = blocks('docs/selling.md')
  const { localWallet, wrapFetch, forecast, hint } = await run(
    'selling',
    `export { localWallet, wrapFetch } from 'farthing'
${code.replace('https://x402.org/facilitator', facilitator.url).replace('sales.db', join(folder, 'sales.db'))}
export { forecast, hint }`,
  )
  for (const [serve, units] of [
    [forecast, 10_000n],
    [hint, 1_000n],
  ]) {
    const had = await chain.balanceOf(accounts[2].address)
    const ask = (input, init) => serve(new Request(input, init))
    const pay = await wrapFetch(ask, { wallet: localWallet(accounts[1].privateKey), policy: { perRequest: '0.10 USD', sellers: ['shop.test'] } })
    assert.match(await (await pay('https://shop.test/')).text(), /sun/)
    assert.equal((await chain.balanceOf(accounts[2].address)) - had, units)
  }
})
