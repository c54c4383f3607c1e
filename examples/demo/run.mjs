// make demo: payers in Node and in a workerd isolate pay sellers that nobody here wrote, step by step.
//
// Real: the chain (anvil), the official x402 v1 and v2 servers and facilitators, workerd, Node. Stand-in: 4Mica's
// core and facilitator, which answer as recorded from a running one (tests/peers/fourmica).
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { accounts, startChain } from '../../tests/peers/chain.mjs'
import { startCore } from '../../tests/peers/fourmica/core.mjs'
import { startFacilitator4mica } from '../../tests/peers/fourmica/facilitator.mjs'
import { startSeller4mica } from '../../tests/peers/fourmica/seller.mjs'
import { startFacilitatorV1, startSellerV1 } from '../../tests/peers/legacy/x402-v1.mjs'
import { startFacilitatorV2, startSellerV2 } from '../../tests/peers/x402-v2.mjs'
import { installTarball } from '../../tests/runtime/harness/installed.mjs'
import { callInWorkerd } from '../../tests/runtime/harness/workerd.mjs'
import { run as payInNode } from './payer.mjs'
import { printBalances, printPayment, title } from './print.mjs'

const [, payer, payee] = accounts
const running = []
const start = async (starting) => {
  const peer = await starting
  running.push(peer)
  return peer
}

try {
  title('Setting up: a chain, three sellers, a 4Mica core')
  const chain = await start(startChain())
  await chain.mint(payer.address, 10_000_000n)
  const core = await start(startCore())
  core.deposit(payer.address, chain.token.address, 1_000_000n)
  const facilitator = await start(startFacilitatorV2(chain))
  const legacy = await start(startFacilitatorV1(chain))
  const credit = await start(startFacilitator4mica({ coreUrl: core.url }))
  const v2 = await start(startSellerV2({ chain, facilitatorUrl: facilitator.url, payTo: payee.address }))
  const v1 = await start(startSellerV1({ chain, facilitatorUrl: legacy.url, payTo: payee.address }))
  const guaranteed = await start(startSeller4mica({ facilitatorUrl: credit.url, payTo: payee.address }))
  const sellers = [
    { name: 'official x402 v2 seller (@x402/hono), scheme exact', url: `${v2.url}/paid` },
    { name: 'official x402 v1 seller (x402-hono), scheme exact', url: `${v1.url}/paid` },
    { name: '4Mica seller (stand-in, as recorded), scheme 4mica-credit', url: `${guaranteed.url}/paid` },
  ]
  const env = {
    key: payer.privateKey,
    sellers,
    // Pinned: a core with another operator key would be refused before anything is signed.
    cores: [{ network: chain.network, url: core.url, generation: 'cycle', operatorKey: core.operatorPublicKey }],
  }
  const balances = async () => ({
    payer: await chain.balanceOf(payer.address),
    payee: await chain.balanceOf(payee.address),
    collateral: core.balanceOf(payer.address, chain.token.address),
  })

  const inNode = async () => {
    // From the packed tarball, as a user gets it.
    const installed = createRequire(`${installTarball()}/package.json`)
    return payInNode(await import(pathToFileURL(installed.resolve('farthing'))), env)
  }
  const inWorkerd = async () => {
    const { ok, text } = await callInWorkerd(fileURLToPath(new URL('./payer.mjs', import.meta.url)), env)
    if (!ok) throw new Error(text)
    return JSON.parse(text)
  }
  // The seller's word is checked against the chain, too.
  const mined = async (hash) => hash && (await chain.publicClient.getTransactionReceipt({ hash }))
  const before = await balances()
  for (const [runtime, pay] of [
    [`Node ${process.versions.node}`, inNode],
    ['a workerd isolate', inWorkerd],
  ]) {
    for (const payment of await pay()) printPayment(runtime, payment, await mined(payment.record.evidence.transaction))
  }
  printBalances(before, await balances())
} finally {
  for (const peer of running.reverse()) await peer.stop()
}
