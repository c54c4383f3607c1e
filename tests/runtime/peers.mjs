// Everybody the runtime suite and the interop tests pay, in this process, on free ports: chain, official sellers of
// both x402 versions, the 4Mica stand-in with deposits. Out: the peers, and `env`, which is plain JSON for a suite.
import { readFileSync } from 'node:fs'
import { accounts, startChain } from '../peers/chain.mjs'
import { startCore } from '../peers/fourmica/core.mjs'
import { startFacilitator4mica } from '../peers/fourmica/facilitator.mjs'
import { startSeller4mica } from '../peers/fourmica/seller.mjs'
import { startFacilitatorV1, startSellerV1 } from '../peers/legacy/x402-v1.mjs'
import { startFacilitatorV2, startSellerV2 } from '../peers/x402-v2.mjs'

export { accounts }

/** Account 1 pays everywhere; account 2 is paid. */
export const payer = accounts[1]
export const payTo = accounts[2].address
/** Price of one request at every seller: one cent. */
export const PRICE = 10_000n

/** Starts all of them, or none. */
export async function startPeers() {
  const started = []
  const keep = async (starting) => {
    const peer = await starting
    started.push(peer)
    return peer
  }
  const stop = async () => {
    for (const peer of started.splice(0).reverse()) await peer.stop()
  }
  try {
    const chain = await keep(startChain())
    for (const { address } of [payer, accounts[4]]) await chain.mint(address, 100_000_000n)
    const facilitators = { v2: await keep(startFacilitatorV2(chain)), v1: await keep(startFacilitatorV1(chain)) }
    const core = await keep(startCore())
    core.deposit(payer.address, chain.token.address, 100_000_000n)
    const facilitator4mica = await keep(startFacilitator4mica({ coreUrl: core.url }))
    const official = { chain, payTo, price: '$0.01' }
    const guaranteed = { facilitatorUrl: facilitator4mica.url, payTo, amount: PRICE }
    const sellers = {
      v2: await keep(startSellerV2({ ...official, facilitatorUrl: facilitators.v2.url })),
      express: await keep(startSellerV2({ ...official, facilitatorUrl: facilitators.v2.url, framework: 'express' })),
      v1: await keep(startSellerV1({ ...official, facilitatorUrl: facilitators.v1.url })),
      credit: await keep(startSeller4mica(guaranteed)),
      creditV1: await keep(startSeller4mica({ ...guaranteed, x402Version: 1 })),
    }
    const urls = Object.fromEntries(Object.entries(sellers).map(([name, { url }]) => [name, url]))
    const env = {
      rpcUrl: chain.rpcUrl,
      network: chain.network,
      asset: chain.token.address,
      payTo,
      payer,
      other: accounts[4],
      sellers: urls,
      decisions: JSON.parse(readFileSync(new URL('../vectors/decisions.json', import.meta.url), 'utf8')),
      cores: [{ network: chain.network, url: core.url }],
    }
    return { chain, core, facilitators, facilitator4mica, sellers, env, stop }
  } catch (thrown) {
    await stop()
    throw thrown
  }
}

/** Runs `act` with the peers' env, and stops them whatever it does. */
export async function withPeers(act) {
  const peers = await startPeers()
  try {
    return await act(peers.env)
  } finally {
    await peers.stop()
  }
}
