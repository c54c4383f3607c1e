// make demo: payers in Node and in a workerd isolate pay sellers that nobody here wrote, step by step; then one wallet
// pays five sellers out of one collateral, and settles net.
//
// Real: the chain (anvil), the official x402 v1 and v2 servers and facilitators, workerd, Node. Stand-in: 4Mica's
// core and facilitator, which answer as recorded from a running one, and its contracts, which have its ABI
// (tests/peers/fourmica, tests/peers/contracts).
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { accounts, startChain } from '../../tests/peers/chain.mjs'
import { deployContracts } from '../../tests/peers/contracts/deploy.mjs'
import { startCore } from '../../tests/peers/fourmica/core.mjs'
import { startFacilitator4mica } from '../../tests/peers/fourmica/facilitator.mjs'
import { startSeller4mica } from '../../tests/peers/fourmica/seller.mjs'
import { startFacilitatorV1, startSellerV1 } from '../../tests/peers/legacy/x402-v1.mjs'
import { startFacilitatorV2, startSellerV2 } from '../../tests/peers/x402-v2.mjs'
import { installTarball } from '../../tests/runtime/harness/installed.mjs'
import { callInWorkerd } from '../../tests/runtime/harness/workerd.mjs'
import { payFive } from './clearing.mjs'
import { run as payInNode } from './payer.mjs'
import { printBalances, printNetting, printPayment, say, title } from './print.mjs'

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

  // From the packed tarball, as a user gets it.
  const installed = createRequire(`${installTarball()}/package.json`)
  const use = (name) => import(pathToFileURL(installed.resolve(name)))
  const inNode = async () => payInNode(await use('farthing'), env)
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

  title('One wallet, one collateral, five sellers, one net debit')
  const farthing = await use('farthing')
  const four = await use('farthing/4mica')
  const contracts = await deployContracts(chain, { gracePeriod: 0 })
  const clearing = await start(startCore({ chain, contracts }))
  const issuing = await start(startFacilitator4mica({ coreUrl: clearing.url, chain, contracts }))
  const five = []
  for (const [i, index] of [2, 4, 5, 6, 7].entries()) {
    const amount = BigInt(10_000 * (i + 1))
    const shop = await start(startSeller4mica({ facilitatorUrl: issuing.url, payTo: accounts[index].address, amount }))
    five.push({ name: `seller ${i + 1}`, url: `${shop.url}/paid`, index })
  }
  const cores = [{ network: chain.network, url: clearing.url, clearingHouse: contracts.clearingHouse.address }]
  const place = { network: chain.network, cores, rpc: chain.rpcUrl }
  const everybody = [1, ...five.map(({ index }) => index)]
  const held = () => Promise.all(everybody.map((index) => chain.balanceOf(accounts[index].address)))
  const then = await held()
  const cycles = await payFive(farthing, four, {
    wallet: chain.walletClient(1),
    signer: farthing.localWallet(payer.privateKey),
    ...place,
    sellers: five,
    close: () => clearing.closeCycle(chain.token.address),
    say,
  })
  for (const { name, index } of five) {
    const account = await four.openAccount({ wallet: chain.walletClient(index), ...place })
    for (const { cycle } of cycles) {
      const { transactions } = await account.settle(cycle)
      say(name, transactions[0].words)
    }
  }
  printNetting(['payer', ...five.map(({ name }) => name)], then, await held())
} finally {
  for (const peer of running.reverse()) await peer.stop()
}
