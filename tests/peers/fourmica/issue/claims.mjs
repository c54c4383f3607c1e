// Part of the 4Mica stand-in: guarantee claims of generations 1 to 3, read as the real gen-2 core reads them, and the
// digests a payer signs over them. In: JSON nodes. Out: Claims, digests, the recovered payer. Nothing here knows
// collateral or cycles. Source: protocol notes 2.1 to 2.3, digests 2.6 and the recorded core-guarantees-*.json.
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
 *   reqId: bigint, amount: bigint, timestamp: bigint, policy?: Policy,
 *   tabId?: bigint, validation?: { validator: string, subject: `0x${string}`, deadline: bigint, params: `0x${string}` }
 * }} Claims `tabId` in generation 1, `validation` in generation 3
 * @typedef {{
 *   registry: `0x${string}`, requestHash: `0x${string}`, chainId: bigint, validator: `0x${string}`, agentId: bigint,
 *   minScore: number, subjectHash: `0x${string}`, jobHash: `0x${string}`, tag: string
 * }} Policy
 */

const V1_FIELDS = 'address user,address recipient,uint256 reqId,uint256 amount,address asset,uint64 timestamp'
const POLICY_FIELDS =
  'address validationRegistryAddress,bytes32 validationRequestHash,uint256 validationChainId,address validatorAddress,uint256 validatorAgentId,uint8 minValidationScore,bytes32 validationSubjectHash,bytes32 jobHash,string requiredValidationTag'
const VALIDATION_FIELDS = 'string validator,bytes32 subject,uint64 deadline,bytes params'
const ZERO_HASH = `0x${'00'.repeat(32)}`

/** @typedef {'tab' | 'cycle' | 'sdk2'} Generation */

/** Body of POST /core/guarantees. @param {import('../json.mjs').JsonNode} node @param {Generation} [generation] */
export function readGuaranteeRequest(node, generation) {
  const claims = readClaims(field(node, 'claims'), generation)
  const signature = text(field(node, 'signature'), 'signature')
  const schemeNode = field(node, 'scheme')
  const scheme = text(schemeNode, 'scheme')
  if (scheme !== 'eip712' && scheme !== 'eip191') {
    throw mismatch('scheme', `unknown variant \`${scheme}\`, expected \`eip712\` or \`eip191\``, schemeNode)
  }
  return { claims, signature, scheme: /** @type {'eip712' | 'eip191'} */ (scheme) }
}

/** @param {import('../json.mjs').JsonNode} node @param {Generation} [generation] @returns {Claims} */
export function readClaims(node, generation = 'cycle') {
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
  if (generation === 'tab') claims.tabId = integer('tab_id')
  if (generation === 'sdk2' && node.fields?.has('validation')) claims.validation = readValidation(field(node, 'validation', path))
  if (claims.version === 2) claims.policy = readPolicy(node, claims)
  return claims
}

function readValidation(node) {
  const path = 'claims.validation'
  const hex = (name, pattern) => {
    const value = text(field(node, name, path), path, node)
    if (!pattern.test(value)) throw mismatch(`${path}.${name}`, `invalid value: string ${JSON.stringify(value)}, expected a hex string`, node)
    return /** @type {`0x${string}`} */ (value.toLowerCase())
  }
  const deadline = node.fields?.get('deadline')
  return {
    validator: text(field(node, 'validator', path), path, node),
    subject: hex('subject', /^0x[0-9a-fA-F]{64}$/),
    deadline: deadline ? number(deadline, 'u64', node) : 0n,
    params: node.fields?.has('params') ? hex('params', /^0x([0-9a-fA-F]{2})*$/) : '0x',
  }
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

/** Generation 1 has the tab in front. @param {Claims} c */
export const subjectHash = c =>
  keccak256(
    encodeAbiParameters(parseAbiParameters(`bytes32,${c.tabId === undefined ? '' : 'uint256,'}uint256,address,address,uint256,address,uint64`), [
      keccak256(stringToHex('4MICA_VALIDATION_SUBJECT_V1')),
      ...(c.tabId === undefined ? [] : [c.tabId]),
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

/** What is signed, as EIP-712 sees it. @param {Claims} c */
function signedStruct(c) {
  const tab = c.tabId === undefined ? V1_FIELDS : V1_FIELDS.replace('uint256 reqId', 'uint256 tabId,uint256 reqId')
  const p = c.policy
  const message = {
    user: lower(c.user, 'user'),
    recipient: lower(c.recipient, 'recipient'),
    tabId: c.tabId,
    reqId: c.reqId,
    amount: c.amount,
    asset: lower(c.asset, 'asset'),
    timestamp: c.timestamp,
    validation: c.validation,
    ...(p && {
      validationRegistryAddress: p.registry,
      validationRequestHash: p.requestHash,
      validationChainId: p.chainId,
      validatorAddress: p.validator,
      validatorAgentId: p.agentId,
      minValidationScore: p.minScore,
      validationSubjectHash: p.subjectHash,
      jobHash: p.jobHash,
      requiredValidationTag: p.tag,
    }),
  }
  if (c.validation) {
    const SolValidation = parseAbiParameters(VALIDATION_FIELDS)
    const primaryType = 'SolValidatedGuaranteeRequestClaimsV1'
    const fields = [...parseAbiParameters(tab), { name: 'validation', type: 'SolValidation' }]
    const flat = [...parseAbiParameters(tab), { name: 'validation', type: 'tuple', components: SolValidation }]
    return { primaryType, types: { [primaryType]: fields, SolValidation }, flat, message }
  }
  const primaryType = `SolGuaranteeRequestClaimsV${c.version}`
  const flat = parseAbiParameters(p ? `${tab},${POLICY_FIELDS}` : tab)
  return { primaryType, types: { [primaryType]: flat }, flat, message }
}

/**
 * What the payer signed. EIP-191 is over raw abi bytes; a dynamic struct has its offset word in front.
 * @param {Claims} claims @param {'eip712' | 'eip191'} scheme
 * @param {{ name: string, version: string, chainId: number, verifyingContract?: `0x${string}` }} domain
 */
export function digestOf(claims, scheme, domain) {
  const { primaryType, types, flat, message } = signedStruct(claims)
  if (scheme === 'eip712') return hashTypedData(/** @type {any} */ ({ domain, types, primaryType, message }))
  const words = encodeAbiParameters(flat, /** @type {any} */ (flat.map(({ name }) => message[name])))
  const dynamic = claims.policy || claims.validation
  return hashMessage({ raw: dynamic ? concat([`0x${'20'.padStart(64, '0')}`, words]) : words })
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
