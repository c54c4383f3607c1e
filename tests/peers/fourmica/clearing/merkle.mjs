// Part of the 4Mica stand-in: the tree whose root a cycle is committed under. In: net positions. Out: root, leaves and
// proofs. Leaves are ordered by their hash, pairs are hashed smaller first, and a last odd node is paired with itself:
// only so do the recorded proofs (cycle.json) come out.
import { concat, encodeAbiParameters, keccak256, parseAbiParameters } from 'viem'

const leafTypes = parseAbiParameters('uint256,address,bytes32,address,address,uint256,uint256')
const roles = { NET_DEBTOR: 0n, NET_CREDITOR: 1n }
const byHash = (a, b) => (a < b ? -1 : 1)
const parent = (a, b) => keccak256(concat([a, b].sort(byHash)))

/**
 * @param {{ chainId: number, clearingHouse: `0x${string}` }} deployment
 * @param {{ id: `0x${string}`, asset: string }} cycle
 * @param {{ participant: string, role: 'NET_DEBTOR' | 'NET_CREDITOR', amount: bigint }} position
 */
export const leafOf = ({ chainId, clearingHouse }, { id, asset }, { participant, role, amount }) =>
  keccak256(encodeAbiParameters(leafTypes, /** @type {any} */ ([BigInt(chainId), clearingHouse, id, asset, participant, amount, roles[role]])))

/** @param {`0x${string}`[]} leaves at least one */
export function merkleTree(leaves) {
  const levels = [[...leaves].sort(byHash)]
  while (levels[levels.length - 1].length > 1) {
    const below = levels[levels.length - 1]
    levels.push(below.flatMap((node, i) => (i % 2 ? [] : [parent(node, below[i + 1] ?? node)])))
  }
  return {
    root: levels[levels.length - 1][0],
    /** @param {`0x${string}`} leaf */
    proofOf(leaf) {
      let at = levels[0].indexOf(leaf)
      return levels.slice(0, -1).map(level => {
        const sibling = level[at ^ 1] ?? level[at]
        at >>= 1
        return sibling
      })
    },
  }
}
