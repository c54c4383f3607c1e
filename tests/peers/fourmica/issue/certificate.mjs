// Part of the 4Mica stand-in: the bytes that the operator certifies in generations 1 to 3, and the names of what is
// certified. In: claims. Out: abi-encoded words. Knows no key, no clock and no collateral.
// Source: protocol notes 2.1, 2.2, 2.7; generation 2 is compared byte for byte with certificates.json.
import { concat, encodeAbiParameters, keccak256, numberToHex, parseAbiParameters, size, stringToHex } from 'viem'
import { cycleId } from '../clearing/periods.mjs'
import { lower } from './claims.mjs'

/** @param {1 | 2} version @param {number} chainId @param {`0x${string}`} contract */
export const guaranteeDomain = (version, chainId, contract) =>
  keccak256(
    encodeAbiParameters(parseAbiParameters('string,uint256,address'), [
      `4MICA_CORE_GUARANTEE_V${version}`,
      BigInt(chainId),
      contract,
    ]),
  )

/** Unique per cycle, version and the raw address strings; amount and time are not part of it. */
export function guaranteeId(text, claims) {
  const parts = ['4MICA_CYCLE_GUARANTEE_V1', text, claims.user, claims.recipient, claims.asset]
  const bytes = [...parts, String(claims.reqId), String(claims.version)].map(part => stringToHex(part))
  return keccak256(concat(bytes.flatMap(part => [numberToHex(size(part), { size: 8 }), part])))
}

const CYCLE = 'bytes32 domain,uint256 cycleId,uint256 reqId,address client,address recipient,uint256 amount,address asset,uint64 timestamp,uint64 version'
const TAB = 'bytes32 domain,uint256 tabId,uint256 reqId,address client,address recipient,uint256 amount,uint256 totalAmount,address asset,uint64 timestamp,uint64 version'
const POLICY = 'address registry; bytes32 requestHash; uint64 chainId; address validator; uint256 agentId; uint8 minScore; bytes32 subjectHash; bytes32 jobHash; string tag;'
const inners = Object.fromEntries(
  Object.entries({ CYCLE, TAB }).map(([name, words]) => [
    name,
    {
      plain: parseAbiParameters(words),
      guarded: parseAbiParameters(['Guarantee guarantee', `struct Guarantee { ${words.replaceAll(',', '; ')}; ${POLICY} }`]),
    },
  ]),
)

/**
 * A gen-3 validation is signed but not certified. How a gen-1 certificate carries a V2 policy is inferred from gen-2.
 * @param {import('./claims.mjs').Claims} c @param {`0x${string}`} domain
 * @param {{ cycleText: string } | { totalAmount: bigint }} place the cycle, or what the tab amounts to with this claim
 */
export function certificateClaims(c, domain, place) {
  const words = {
    domain,
    cycleId: 'cycleText' in place ? BigInt(cycleId(place.cycleText)) : undefined,
    tabId: c.tabId,
    reqId: c.reqId,
    client: lower(c.user, 'user'),
    recipient: lower(c.recipient, 'recipient'),
    amount: c.amount,
    totalAmount: 'totalAmount' in place ? place.totalAmount : undefined,
    asset: lower(c.asset, 'asset'),
    timestamp: c.timestamp,
    version: BigInt(c.version),
    ...c.policy,
  }
  const { plain, guarded } = 'cycleText' in place ? inners.CYCLE : inners.TAB
  const inner = c.policy
    ? encodeAbiParameters(guarded, /** @type {any} */ ([words]))
    : encodeAbiParameters(plain, /** @type {any} */ (plain.map(({ name }) => words[name])))
  return encodeAbiParameters(parseAbiParameters('uint64,bytes'), [BigInt(c.version), inner])
}
