// The columns of the matrix that are not ours: the official sellers of both x402 versions and the 4Mica stand-in, which
// has one seller for each generation of guarantees.
import { startSeller4mica } from '../../peers/fourmica/seller.mjs'
import { startSellerV1 } from '../../peers/legacy/x402-v1.mjs'
import { startSellerV2 } from '../../peers/x402-v2.mjs'
import { payTo, PRICE } from './world.mjs'

/**
 * @typedef {{ url: string, requests: import('../../peers/http.mjs').LoggedRequest[], served?(): number }} Seller
 *   `served` counts how often its handler ran
 * @typedef {{
 *   name: string, schemes: ('exact' | '4mica-credit')[], versions: number[],
 *   at(generation?: string): Promise<Seller>
 * }} Column `at` starts the seller, one for each generation where it sells for guarantees
 */

/** @param {Awaited<ReturnType<typeof import('./world.mjs').startWorld>>} world @returns {Column[]} */
export function theirSellers(world) {
  const { chain, facilitators, keep } = world
  const official = { chain, payTo, price: '$0.01' }
  const v2 = { ...official, facilitatorUrl: facilitators.v2.url }
  return [
    column('@x402/hono', ['exact'], [2], () => keep(startSellerV2(v2))),
    column('@x402/express', ['exact'], [2], () => keep(startSellerV2({ ...v2, framework: 'express' }))),
    column('x402-hono', ['exact'], [1], () => keep(startSellerV1({ ...official, facilitatorUrl: facilitators.v1.url }))),
    ...[2, 1].map((x402Version) =>
      column(`4mica v${x402Version}`, ['4mica-credit'], [x402Version], async (generation) => {
        const { facilitator } = await world.guarantor(generation)
        const tab = generation === 'tab' && { tabEndpoint: 'tabs' }
        return keep(startSeller4mica({ facilitatorUrl: facilitator.url, payTo, amount: PRICE, x402Version, ...tab }))
      }),
    ),
  ]
}

/** A column whose sellers are started once, when first asked for. @returns {Column} */
export function column(name, schemes, versions, start) {
  const started = new Map()
  const at = (generation = 'cycle') => {
    const which = schemes.includes('4mica-credit') ? generation : 'any'
    if (!started.has(which)) started.set(which, start(generation))
    return started.get(which)
  }
  return { name, schemes, versions, at }
}
