// 40 purchases at once against a budget for 5, in workerd; then the same with workerd killed in the middle.
//
// Real: workerd and its Durable Object, the chain (anvil), the official x402 v2 seller and facilitator.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { accounts, startChain } from '../../tests/peers/chain.mjs'
import { startFacilitatorV2, startSellerV2 } from '../../tests/peers/x402-v2.mjs'

const [, payer, payee] = accounts
const ids = Array.from({ length: 40 }, (_, index) => `purchase-${index + 1}`)
const running = []
const keep = async (starting) => running[running.push(await starting) - 1]

try {
  const chain = await keep(startChain())
  await chain.mint(payer.address, 10_000_000n)
  const facilitator = await keep(startFacilitatorV2(chain))
  const seller = await keep(startSellerV2({ chain, facilitatorUrl: facilitator.url, payTo: payee.address }))
  const paidOnChain = async () => Number((await chain.balanceOf(payee.address)) / 10_000n)

  console.log('40 purchases at the same time, a cent each, with 5 cents a day:')
  const calm = await serve(seller)
  const answers = await Promise.all(ids.map((id) => ask(calm, id)))
  console.log(`  delivered: ${answers.filter(({ status }) => status === 200).length}`)
  console.log(`  paid on the chain: ${await paidOnChain()}`)
  calm.kill()

  console.log('The same, with workerd killed in the middle and started again:')
  const before = await paidOnChain()
  const sentBefore = payments(seller).length
  const first = await serve(seller)
  const asked = ids.map((id) => ask(first, id))
  // In the middle: some payments are on their way, none of the answers is awaited.
  while (payments(seller).length === sentBefore) await new Promise((resolve) => setTimeout(resolve, 1))
  first.kill()
  const lost = (await Promise.all(asked)).filter(({ status }) => status === 0).length
  console.log(`  calls that were cut off: ${lost}`)
  const second = await serve(seller, first.storage)
  const again = await Promise.all(ids.map((id) => ask(second, id)))
  second.kill()
  const sent = new Set(payments(seller).slice(sentBefore))
  console.log(`  answers after the restart: ${count(again.map(({ status, code }) => code ?? status))}`)
  console.log(`  different payments that ever left: ${sent.size}`)
  console.log(`  paid on the chain: ${(await paidOnChain()) - before}`)
} finally {
  for (const peer of running.reverse()) await peer.stop()
}

/** The Worker in a process of its own. */
async function serve({ url }, storage = mkdtempSync(join(tmpdir(), 'farthing-shared-'))) {
  const bindings = { PAYER_KEY: payer.privateKey, SELLER: url }
  const program = fileURLToPath(new URL('serve.mjs', import.meta.url))
  const options = { detached: true, stdio: ['ignore', 'pipe', 'inherit'] }
  const child = spawn(process.execPath, [program, JSON.stringify({ storage, bindings })], options)
  const server = await new Promise((resolve, reject) => {
    child.stdout.once('data', (line) => resolve(String(line).trim()))
    child.once('exit', (code) => reject(new Error(`the Worker did not start: exit code ${code}`)))
  })
  // The whole group: workerd is a child of this child.
  const kill = () => process.kill(-child.pid, 'SIGKILL')
  process.on('exit', () => rmSync(storage, { recursive: true, force: true }))
  return { server, storage, kill }
}

/** One purchase. Status 0 when the connection broke. */
async function ask({ server }, id) {
  try {
    const answer = await fetch(server, { headers: { 'idempotency-key': id } })
    const text = await answer.text()
    return { status: answer.status, code: /\[([a-z0-9-]+\/[a-z0-9-]+)\]/.exec(text)?.[1] }
  } catch {
    return { status: 0 }
  }
}

function payments(seller) {
  return seller.requests.map(({ headers }) => headers['payment-signature']).filter(Boolean)
}

function count(words) {
  const counts = Map.groupBy(words, (word) => word)
  return [...counts].map(([word, all]) => `${all.length} × ${word}`).join(', ')
}
