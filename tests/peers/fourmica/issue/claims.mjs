// Part of the 4Mica stand-in: guarantee claims of generation 2, read as the real core reads them, and the
// digests a payer signs over them. In: JSON nodes. Out: Claims, digests, the recovered payer.
// Nothing here knows collateral or cycles. Source: protocol notes 2.2 and the recorded core-guarantees-*.json.
import {
  concat,
  encodeAbiParameters,
  getAddress,
  hashMessage,
  hashTypedData,
  keccak256,
  parseAbiParameters,
  recoverAddress,
  stringToHex,
} from 'viem'
import { described, field, mismatch, refusal, text } from '../json.mjs'

/**
 * Addresses stay the strings that were sent: the real core hashes them into the guarantee id as they came.
 * @typedef {{
 *   version: 1 | 2, user: string, recipient: string, asset: string,
 *   reqId: bigint, amount: bigint, timestamp: bigint, policy?: Policy
 * }} Claims
 * @typedef {{
 *   registry: `0x${string}`, requestHash: `0x${string}`, chainId: bigint, validator: `0x${string}`, agentId: bigint,
 *   minScore: number, subjectHash: `0x${string}`, jobHash: `0x${string}`, tag: string
 * }} Policy
 */

const V1_FIELDS = 'address user,address recipient,uint256 reqId,uint256 amount,address asset,uint64 timestamp'
const V2_FIELDS = `${V1_FIELDS},address validationRegistryAddress,bytes32 validationRequestHash,uint256 validationChainId,address validatorAddress,uint256 validatorAgentId,uint8 minValidationScore,bytes32 validationSubjectHash,bytes32 jobHash,string requiredValidationTag`
const v1Types = parseAbiParameters(V1_FIELDS)
const v2Types = parseAbiParameters(V2_FIELDS)
const ZERO_HASH = `0x${'00'.repeat(32)}`

/** Body of POST /core/guarantees. @param {import('../json.mjs').JsonNode} node */
export function readGuaranteeRequest(node) {
  const claims = readClaims(field(node, 'claims'))
  const signature = text(field(node, 'signature'), 'signature')
  const schemeNode = field(node, 'scheme')
  const scheme = text(schemeNode, 'scheme')
  if (scheme !== 'eip712' && scheme !== 'eip191') {
    throw mismatch('scheme', `unknown variant \`${scheme}\`, expected \`eip712\` or \`eip191\``, schemeNode)
  }
  return { claims, signature, scheme: /** @type {'eip712' | 'eip191'} */ (scheme) }
}

/** @param {import('../json.mjs').JsonNode} node @returns {Claims} */
export function readClaims(node) {
  const path = 'claims'
  const versionNode = field(node, 'version', path)
  if (versionNode.kind !== 'string') {
    throw mismatch(`${path}.version`, `invalid type: ${described(versionNode)}, expected variant identifier`, versionNode)
  }
  if (versionNode.value !== 'v1' && versionNode.value !== 'v2') {
    throw mismatch(`${path}.version`, `unknown variant \`${versionNode.value}\`, expected \`v1\` or \`v2\``, versionNode)
  }
  const string = name => text(field(node, name, path), path, node)
  const integer = name => u256(field(node, name, path), path, node)
  /** @type {Claims} */
  const claims = {
    version: versionNode.value === 'v1' ? 1 : 2,
    user: string('user_address'),
    recipient: string('recipient_address'),
    asset: string('asset_address'),
    reqId: integer('req_id'),
    amount: integer('amount'),
    timestamp: number(field(node, 'timestamp', path), 'u64', node),
  }
  if (claims.version === 2) claims.policy = readPolicy(node, claims)
  return claims
}

function readPolicy(node, claims) {
  const path = 'claims'
  const sized = (name, size) => {
    const found = field(node, name, path)
    const value = text(found, path, node)
    if (!new RegExp(`^0x[0-9a-fA-F]{${2 * size}}$`).test(value)) {
      throw mismatch(path, `invalid value: ${described(found)}, expected a ${size} byte hex string`, node)
    }
    return /** @type {`0x${string}`} */ (value.toLowerCase())
  }
  const tag = node.fields.get('required_validation_tag')
  const policy = {
    registry: sized('validation_registry_address', 20),
    requestHash: sized('validation_request_hash', 32),
    chainId: number(field(node, 'validation_chain_id', path), 'u64', node),
    validator: sized('validator_address', 20),
    agentId: u256(field(node, 'validator_agent_id', path), path, node),
    minScore: Number(number(field(node, 'min_validation_score', path), 'u8', node)),
    subjectHash: sized('validation_subject_hash', 32),
    jobHash: sized('job_hash', 32),
    tag: tag ? text(tag, path, node) : '',
  }
  const fail = message => mismatch(path, message, node)
  if (policy.minScore < 1 || policy.minScore > 100) throw fail('min_validation_score must be between 1 and 100')
  if (policy.jobHash === ZERO_HASH) throw fail('job_hash must be provided for V2 validation policy')
  if (policy.subjectHash !== subjectHash(claims)) {
    throw fail('validation_subject_hash is not canonical for the payment intent fields')
  }
  if (policy.requestHash !== requestHash(policy)) {
    throw fail('validation_request_hash is not canonical for the validation policy fields')
  }
  return policy
}

/** 0x-hex, a decimal string or a JSON number. */
function u256(node, path, at) {
  if (node.kind === 'number' && /^\d+$/.test(node.raw)) return BigInt(node.raw)
  if (node.kind !== 'string') throw mismatch(path, `invalid type: ${described(node)}, expected a 32 byte hex string`, at)
  if (/^0x[0-9a-fA-F]{1,64}$/.test(node.value)) return BigInt(node.value)
  if (/^\d{1,78}$/.test(node.value) && BigInt(node.value) < 1n << 256n) return BigInt(node.value)
  throw mismatch(path, `invalid value: ${described(node)}, expected a 32 byte hex string`, at)
}

function number(node, type, at) {
  if (node.kind !== 'number' || !/^\d+$/.test(node.raw)) {
    throw mismatch('claims', `invalid type: ${described(node)}, expected ${type}`, at)
  }
  const value = BigInt(node.raw)
  if (value >= 1n << BigInt(type.slice(1))) throw mismatch('claims', `invalid value: ${described(node)}, expected ${type}`, at)
  return value
}

/** @param {Claims} c */
export const subjectHash = c =>
  keccak256(
    encodeAbiParameters(parseAbiParameters('bytes32,uint256,address,address,uint256,address,uint64'), [
      keccak256(stringToHex('4MICA_VALIDATION_SUBJECT_V1')),
      c.reqId,
      lower(c.user, 'user'),
      lower(c.recipient, 'recipient'),
      c.amount,
      lower(c.asset, 'asset'),
      c.timestamp,
    ]),
  )

/** @param {Policy} p */
export const requestHash = p =>
  keccak256(
    encodeAbiParameters(parseAbiParameters('bytes32,uint256,address,address,uint256,bytes32,uint8,bytes32,bytes32'), [
      keccak256(stringToHex('4MICA_VALIDATION_REQUEST_V2')),
      p.chainId,
      p.registry,
      p.validator,
      p.agentId,
      p.subjectHash,
      p.minScore,
      keccak256(stringToHex(p.tag)),
      p.jobHash,
    ]),
  )

/**
 * Lower-case form of an address in any case, with or without 0x as the real core reads it.
 * @param {string} address @param {'user' | 'recipient' | 'asset'} whose @returns {`0x${string}`}
 */
export function lower(address, whose) {
  const hex = address.replace(/^0x/, '').toLowerCase()
  if (!/^[0-9a-f]{40}$/.test(hex)) throw refusal(400, `invalid ${whose} address`)
  return `0x${hex}`
}

function values(c) {
  const common = [lower(c.user, 'user'), lower(c.recipient, 'recipient'), c.reqId, c.amount, lower(c.asset, 'asset'), c.timestamp]
  const p = c.policy
  if (!p) return common
  return [...common, p.registry, p.requestHash, p.chainId, p.validator, p.agentId, p.minScore, p.subjectHash, p.jobHash, p.tag]
}

/**
 * What the payer signed. EIP-191 is over raw abi bytes; V2 has the offset word of a dynamic struct in front.
 * @param {Claims} claims @param {'eip712' | 'eip191'} scheme @param {{ name: string, version: string, chainId: number }} domain
 */
export function digestOf(claims, scheme, domain) {
  const types = claims.policy ? v2Types : v1Types
  if (scheme === 'eip712') {
    const primaryType = `SolGuaranteeRequestClaimsV${claims.version}`
    const message = Object.fromEntries(types.map(({ name }, i) => [name, values(claims)[i]]))
    return hashTypedData({ domain, types: { [primaryType]: types }, primaryType, message })
  }
  const flat = encodeAbiParameters(types, values(claims))
  const raw = claims.policy ? concat([`0x${'20'.padStart(64, '0')}`, flat]) : flat
  return hashMessage({ raw })
}

/**
 * The address that made `signature`, checksummed. High-s and v of 0, 1, 27, 28 are accepted, as the real core does.
 * @param {`0x${string}`} digest @param {string} signature
 */
export async function recover(digest, signature) {
  const hex = signature.replace(/^0x/, '')
  if (hex.length % 2 || !/^[0-9a-fA-F]*$/.test(hex)) throw refusal(400, 'invalid hex signature')
  if (hex.length !== 130) throw refusal(400, 'invalid signature length')
  try {
    return getAddress(await recoverAddress({ hash: digest, signature: `0x${hex}` }))
  } catch {
    throw refusal(400, 'signature recovery failed')
  }
}
