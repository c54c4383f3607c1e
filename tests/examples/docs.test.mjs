// The code in docs/ and the README's Worker, as they stand there.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
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
