// Part of the 4Mica stand-in: which settlement cycle it is. A cycle is named after its asset and its first second;
// certificates and the chain carry the hash of that name. In: an asset and the clock. Out: names and bounds.
import { keccak256, stringToBytes } from 'viem'

/** @typedef {{ text: string, id: `0x${string}`, asset: string, start: number, end: number }} Period times in Unix seconds, `asset` in lower case */

/** @param {string} asset @param {number} start */
export const cycleText = (asset, start) => `${asset.toLowerCase()}:${start}`

/** @param {string} text @returns {`0x${string}`} */
export const cycleId = text => keccak256(stringToBytes(text))

/** @param {{ cycleSeconds: number, now: () => number }} options */
export function periods({ cycleSeconds, now }) {
  /** @type {Map<string, number>} */
  const cuts = new Map()
  return {
    /** @param {string} asset @returns {Period} */
    current(asset) {
      const regular = Math.floor(now() / cycleSeconds) * cycleSeconds
      const start = Math.max(regular, cuts.get(asset.toLowerCase()) ?? 0)
      const text = cycleText(asset, start)
      return { text, id: cycleId(text), asset: asset.toLowerCase(), start, end: regular + cycleSeconds }
    },
    /**
     * Ends the asset's current cycle early: the next one begins now, off the regular grid, and ends on it.
     * Only a test does that; the real core waits for the end of the period.
     * @param {string} asset
     */
    cut: asset => void cuts.set(asset.toLowerCase(), now()),
  }
}
