// Part of the 4Mica stand-in: generation 2 ("cycle"). A signed request in, a certificate that the operator's
// BLS12-381 key really signed out. Knows claims and time, asks a Ledger for collateral; no HTTP.
// Source: protocol notes 2.2, 2.7 and "Gen-2 as observed"; checked byte for byte against the recordings.
import { bls12_381 } from '@noble/curves/bls12-381'
import {
  concat,
  encodeAbiParameters,
  getAddress,
  keccak256,
  numberToHex,
  parseAbiParameters,
  size,
  stringToBytes,
  stringToHex,
} from 'viem'
import { digestOf, lower, readGuaranteeRequest, recover } from './claims.mjs'
import { refusal } from '../json.mjs'

const DST = 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_'
const bls = bls12_381.longSignatures

/** On-chain and in certificates a cycle is the hash of this text. @param {string} asset @param {number} start */
export const cycleText = (asset, start) => `${asset.toLowerCase()}:${start}`

/** @param {string} text @returns {`0x${string}`} */
export const cycleId = text => keccak256(stringToBytes(text))

/** @param {number} now @param {number} seconds */
export const periodStart = (now, seconds) => Math.floor(now / seconds) * seconds

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

const V1 = 'bytes32 domain,uint256 cycleId,uint256 reqId,address client,address recipient,uint256 amount,address asset,uint64 timestamp,uint64 version'
const v1Inner = parseAbiParameters(V1)
const v2Inner = parseAbiParameters([
  'Guarantee guarantee',
  `struct Guarantee { ${V1.replaceAll(',', '; ')}; address registry; bytes32 requestHash; uint64 chainId; address validator; uint256 agentId; uint8 minScore; bytes32 subjectHash; bytes32 jobHash; string tag; }`,
])

/** @param {import('./claims.mjs').Claims} c @param {`0x${string}`} domain @param {string} text */
export function certificateClaims(c, domain, text) {
  const common = {
    domain,
    cycleId: BigInt(cycleId(text)),
    reqId: c.reqId,
    client: lower(c.user, 'user'),
    recipient: lower(c.recipient, 'recipient'),
    amount: c.amount,
    asset: lower(c.asset, 'asset'),
    timestamp: c.timestamp,
    version: BigInt(c.version),
  }
  const inner = c.policy
    ? encodeAbiParameters(v2Inner, [{ ...common, ...c.policy }])
    : encodeAbiParameters(v1Inner, /** @type {any} */ (Object.values(common)))
  return encodeAbiParameters(parseAbiParameters('uint64,bytes'), [BigInt(c.version), inner])
}

/**
 * @param {{
 *   chainId: number, contractAddress: `0x${string}`, eip712Name: string, eip712Version: string,
 *   acceptedVersions: number[], cycleSeconds: number, operatorBlsSecret?: string,
 *   rpcUrl?: string, trustedRegistries: string[], now: () => number, ledger: import('../core.mjs').Ledger
 * }} options
 */
export function cycleIssuer(options) {
  const { chainId, contractAddress, acceptedVersions, cycleSeconds, now, ledger } = options
  const secret = options.operatorBlsSecret?.replace(/^0x/, '') ?? Buffer.from(bls12_381.utils.randomPrivateKey()).toString('hex')
  const publicKey = bls.getPublicKey(secret).toBytes()
  const domain = { name: options.eip712Name, version: options.eip712Version, chainId }
  const highest = /** @type {1 | 2} */ (Math.max(...acceptedVersions))
  /** @type {Set<string>} */
  const issued = new Set()

  return {
    operatorPublicKey: `0x${Buffer.from(publicKey).toString('hex')}`,

    publicParams: () => ({
      public_key: [...publicKey],
      contract_address: getAddress(contractAddress),
      ...(options.rpcUrl && { ethereum_http_rpc_url: options.rpcUrl }),
      eip712_name: options.eip712Name,
      eip712_version: options.eip712Version,
      chain_id: chainId,
      max_accepted_guarantee_version: highest,
      accepted_guarantee_versions: acceptedVersions,
      active_guarantee_domain_separator: guaranteeDomain(highest, chainId, contractAddress),
      trusted_validation_registries: options.trustedRegistries,
      validation_hash_canonicalization_version: '4MICA_VALIDATION_REQUEST_V2',
    }),

    /**
     * @param {import('../json.mjs').JsonNode} body @param {import('../auth.mjs').Principal} principal
     * @returns {Promise<{ claims: string, signature: string }>} lower-case hex without 0x, as the real core
     */
    async issue(body, principal) {
      const { claims, signature, scheme } = readGuaranteeRequest(body)
      mayIssue(principal, claims.recipient)
      if (!acceptedVersions.includes(claims.version)) throw refusal(400, `unsupported guarantee version ${claims.version}`)
      const user = lower(claims.user, 'user')
      const digest = digestOf(claims, scheme, domain)
      const issuedAt = now()
      if (claims.timestamp > BigInt(issuedAt)) throw refusal(400, 'timestamp is in the future')
      if ((await recover(digest, signature)).toLowerCase() !== user) throw refusal(400, 'Invalid signature')
      // No await from here to the end: the check and the lock are one step.
      if (!ledger.isRegistered(user)) throw refusal(400, 'user not registered')
      const text = cycleText(claims.asset, periodStart(issuedAt, cycleSeconds))
      const id = guaranteeId(text, claims)
      if (issued.has(id)) throw refusal(400, `another guarantee with req_id ${claims.reqId} already exists`)
      if (!ledger.lock(user, claims.asset, claims.amount)) throw refusal(400, 'Not enough free collateral')
      issued.add(id)
      const bytes = certificateClaims(claims, guaranteeDomain(claims.version, chainId, contractAddress), text).slice(2)
      const point = bls.hash(Buffer.from(bytes, 'hex'), DST)
      return { claims: bytes, signature: bls.Signature.toHex(bls.sign(point, secret)) }
    },
  }
}

/** Issuing is the recipient's call, or a facilitator's on its behalf. @param {string} recipient */
export function mayIssue(principal, recipient) {
  if (!principal.scopes.includes('guarantee:issue')) throw refusal(401, 'missing scope')
  if (principal.role === 'facilitator' || recipient.toLowerCase() === principal.subject) return
  throw refusal(401, 'recipient address does not match token subject and role is not facilitator')
}
