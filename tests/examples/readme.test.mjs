// The README's code, as it stands there, run against an official seller on a real chain.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { accounts, startChain } from '../peers/chain.mjs'
import { startFacilitatorV2, startSellerV2 } from '../peers/x402-v2.mjs'
import { installTarball } from '../runtime/harness/installed.mjs'

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const codeOf = (markdown) => [...markdown.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code]) => code).join('\n')

for (const readme of ['README.md', 'pkg/README.md']) {
  test(`the code of ${readme} pays and prints the record`, async () => {
    const chain = await startChain()
    const facilitator = await startFacilitatorV2(chain)
    const seller = await startSellerV2({ chain, facilitatorUrl: facilitator.url })
    try {
      await chain.mint(accounts[1].address, 1_000_000n)
      // Only the address changes: the seller of the README does not exist.
      const code = codeOf(read(readme))
        .replaceAll('https://api.example.com', seller.url)
        .replaceAll("'api.example.com'", `'${seller.url}'`)
      assert.ok(code.includes(seller.url), 'the README pays somebody')
      const folder = installTarball()
      writeFileSync(join(folder, 'readme.mjs'), code)
      const env = { ...process.env, PAYER_KEY: accounts[1].privateKey }
      // Not spawnSync: the seller lives in this process and must answer meanwhile.
      const { stdout, stderr, status } = await ended('node', ['readme.mjs'], { cwd: folder, env })
      assert.equal(status, 0, stderr)
      assert.match(stdout, /state: 'settled'/)
      assert.ok((await chain.balanceOf(seller.payTo)) > 0n, 'the seller was paid on the chain')
    } finally {
      for (const peer of [seller, facilitator, chain]) await peer.stop()
    }
  })
}

test('the two commands of the README exist', () => {
  for (const [, target] of read('README.md').matchAll(/^make (\w+)/gm)) {
    const { status } = spawnSync('make', ['-n', target], { cwd: new URL('../../', import.meta.url) })
    assert.equal(status, 0, `make ${target}`)
  }
})

async function ended(program, args, options) {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (data) => (stdout += data))
  child.stderr.on('data', (data) => (stderr += data))
  const status = await new Promise((settle, reject) => child.on('close', settle).on('error', reject))
  return { stdout, stderr, status }
}
