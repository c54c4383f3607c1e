// Ask in one process, answer in another, pay in a third: the example as a person runs it, with an official seller.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { accounts, startChain } from '../peers/chain.mjs'
import { startFacilitatorV2, startSellerV2 } from '../peers/x402-v2.mjs'
import { installTarball } from '../runtime/harness/installed.mjs'

const [, payer, payee] = accounts
let chain, facilitator, seller
before(async () => {
  chain = await startChain()
  await chain.mint(payer.address, 1_000_000n)
  facilitator = await startFacilitatorV2(chain)
  seller = await startSellerV2({ chain, facilitatorUrl: facilitator.url, payTo: payee.address })
})
after(async () => {
  for (const peer of [seller, facilitator, chain]) await peer?.stop()
})

const paid = () => chain.balanceOf(payee.address)

function owner() {
  const folder = installTarball()
  const example = (name) => fileURLToPath(new URL(`../../examples/approval/${name}`, import.meta.url))
  for (const name of ['buy.mjs', 'answer.mjs']) copyFileSync(example(name), join(folder, name))
  const env = { ...process.env, PAYER_KEY: payer.privateKey }
  const run = (...args) =>
    new Promise((resolve) =>
      execFile(process.execPath, args, { cwd: folder, env }, (error, stdout, stderr) =>
        resolve({ status: error?.code ?? 0, text: stdout + stderr }),
      ),
    )
  return { buy: () => run('buy.mjs', `${seller.url}/paid`), answer: (...words) => run('answer.mjs', ...words) }
}

test('a yes given in another process is good for one purchase', async () => {
  const { buy, answer } = owner()
  const before = await paid()
  const asked = await buy()
  assert.equal(asked.status, 1)
  assert.match(asked.text, /^approval\/[a-z-]+, next: ask-owner\nticket p_[0-9a-f]{32}: 0\.01 USD to 0x/)
  assert.match((await buy()).text, new RegExp(/ticket p_\w+/.exec(asked.text)[0]), 'the same ticket again')
  assert.equal(await paid(), before)
  assert.match((await answer('yes', 'ada')).text, /^p_\w+ is approved: 0\.01 USD for http/)
  assert.deepEqual(await buy(), { status: 0, text: 'paid, as ada said: {"paid":true}\n' })
  assert.equal((await paid()) - before, 10_000n)
  assert.match((await buy()).text, /^approval\//, 'the next purchase is a new question')
  assert.equal((await paid()) - before, 10_000n)
})

test('after a no nothing is paid, and the next call asks anew', async () => {
  const { buy, answer } = owner()
  const before = await paid()
  const [first] = /ticket p_\w+/.exec((await buy()).text)
  assert.match((await answer('no')).text, /is refused/)
  const [second] = /ticket p_\w+/.exec((await buy()).text)
  assert.notEqual(second, first)
  assert.equal(await paid(), before)
})
