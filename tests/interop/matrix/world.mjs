// What the matrix is played on: a chain, a facilitator of each x402 version, and for each generation of guarantees a
// core with its facilitator, started when first asked for. Out: URLs, and what moved while something was done.
import { startChain } from '../../peers/chain.mjs'
import { startCore } from '../../peers/fourmica/core.mjs'
import { startFacilitator4mica } from '../../peers/fourmica/facilitator.mjs'
import { startFacilitatorV1 } from '../../peers/legacy/x402-v1.mjs'
import { startFacilitatorV2 } from '../../peers/x402-v2.mjs'
import { payer, payTo } from '../../runtime/peers.mjs'

export { PRICE, payer, payTo } from '../../runtime/peers.mjs'
export const NETWORK = 'eip155:84532'

/** keccak256 of `Transfer(address,address,uint256)`. */
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'
const WEALTH = 1_000_000_000n

/** Starts chain and facilitators; `keep` stops what is started with the world. */
export async function startWorld() {
  const started = []
  const keep = async (starting) => {
    const peer = await starting
    started.push(peer)
    return peer
  }
  const stop = async () => {
    for (const peer of started.splice(0).reverse()) await peer.stop()
  }
  const chain = await keep(startChain())
  await chain.mint(payer.address, WEALTH)
  const facilitators = { v2: await keep(startFacilitatorV2(chain)), v1: await keep(startFacilitatorV1(chain)) }
  const cores = new Map()
  const asset = chain.token.address

  /** The core of a generation and its facilitator; the payer has collateral there. */
  const guarantor = (generation) => {
    if (!cores.has(generation)) cores.set(generation, startGuarantor(generation))
    return cores.get(generation)
  }
  async function startGuarantor(generation) {
    const core = await keep(startCore({ generation }))
    core.deposit(payer.address, asset, WEALTH)
    const facilitator = await keep(startFacilitator4mica({ coreUrl: core.url, tabs: generation === 'tab' }))
    return { core, facilitator, cores: [{ network: NETWORK, url: core.url }] }
  }

  async function position() {
    const guarantors = await Promise.all(cores.values())
    const issued = ({ method, path, status }) => method === 'POST' && path === '/core/guarantees' && status === 200
    return {
      block: BigInt(await chain.rpc('eth_blockNumber')),
      paid: await chain.balanceOf(payer.address),
      got: await chain.balanceOf(payTo),
      guarantees: guarantors.flatMap(({ core }) => core.requests.filter(issued)).length,
      locked: guarantors.reduce((sum, { core }) => sum + BigInt(core.balanceOf(payer.address, asset).locked), 0n),
    }
  }

  /** What `act` returns, and which money went where meanwhile: read from the chain's logs, balances and the cores. */
  async function watch(act) {
    const before = await position()
    const result = await act().then(
      (value) => ({ value }),
      (error) => ({ error }),
    )
    const after = await position()
    const filter = { address: asset, topics: [TRANSFER], fromBlock: hex(before.block + 1n), toBlock: 'latest' }
    const logs = after.block > before.block ? await chain.rpc('eth_getLogs', [filter]) : []
    return {
      ...result,
      transfers: logs.map(({ topics, data, transactionHash: transaction }) => {
        const [from, to] = topics.slice(1).map((topic) => `0x${topic.slice(-40)}`)
        return { from, to, value: BigInt(data), transaction }
      }),
      paid: before.paid - after.paid,
      got: after.got - before.got,
      guarantees: after.guarantees - before.guarantees,
      locked: after.locked - before.locked,
    }
  }

  return { chain, asset, facilitators, guarantor, watch, keep, stop }
}

const hex = (value) => `0x${value.toString(16)}`
