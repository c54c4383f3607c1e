// A 4Mica payer made of viem and noble only, so that the stand-ins are tested by something that is not farthing. In: an
// account, claims, what core says of itself. Out: payloads of all four generations, paid requests, checked certificates
// and receipts. It trusts its input: test use only.
import { randomBytes } from 'node:crypto'
import { bls12_381 } from '@noble/curves/bls12-381'
import { decodeAbiParameters, encodeAbiParameters, hashStruct, keccak256, parseAbiParameters, recoverTypedDataAddress } from 'viem'
import { decodeHeader, encodeHeader } from './http.mjs'

const DST = 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_'
const bls = bls12_381.longSignatures
export const random = () => /** @type {const} */ (`0x${randomBytes(32).toString('hex')}`)
export const hex = value => `0x${BigInt(value).toString(16)}`

const CLAIMS = {
  tab: 'address user,address recipient,uint256 tabId,uint256 reqId,uint256 amount,address asset,uint64 timestamp',
  cycle: 'address user,address recipient,uint256 reqId,uint256 amount,address asset,uint64 timestamp',
}
const VALIDATION = parseAbiParameters('string validator,bytes32 subject,uint64 deadline,bytes params')
const AUTHORIZATION = parseAbiParameters(
  'address payer,bytes32 cycleId,address asset,uint256 amount,uint256 reqId,uint64 timestamp,bytes32 recipientCommitment',
)
const CHECKPOINT = parseAbiParameters('address payer,bytes32 cycleId,address asset,uint256 cumulativeGross,uint64 timestampCutoff')
const RECEIPT = parseAbiParameters('uint256 cycleId,uint256 reqId,address client,address recipient,uint256 amount,address asset,uint64 timestamp')
const CERTIFICATE = {
  tab: 'bytes32 domain,uint256 tabId,uint256 reqId,address client,address recipient,uint256 amount,uint256 totalAmount,address asset,uint64 timestamp,uint64 version',
  cycle: 'bytes32 domain,uint256 cycleId,uint256 reqId,address client,address recipient,uint256 amount,address asset,uint64 timestamp,uint64 version',
}

/** @param {string} coreUrl */
export const publicParams = async coreUrl => (await fetch(`${coreUrl}/core/public-params`)).json()

/**
 * V1 claims of generations 1 to 3, signed: `tabId` makes them gen-1, `verifyingContract` and `validation` gen-3.
 * @param {import('viem').PrivateKeyAccount} account
 * @param {{ recipient: string, asset: string, amount: bigint, timestamp?: number, reqId?: string, tabId?: string, validation?: any }} claims
 * @param {{ name: string, version: string, chainId: number, verifyingContract?: string }} domain
 */
export async function signClaims(account, { recipient, asset, amount, timestamp = Math.floor(Date.now() / 1000) - 1, reqId = random(), tabId, validation }, domain) {
  const fields = parseAbiParameters(CLAIMS[tabId ? 'tab' : 'cycle'])
  const primaryType = validation ? 'SolValidatedGuaranteeRequestClaimsV1' : 'SolGuaranteeRequestClaimsV1'
  const types = {
    [primaryType]: validation ? [...fields, { name: 'validation', type: 'SolValidation' }] : fields,
    ...(validation && { SolValidation: VALIDATION }),
  }
  const message = { user: account.address, recipient, tabId, reqId, amount, asset, timestamp, validation: validation && { deadline: 0, params: '0x', ...validation } }
  const signature = await account.signTypedData(/** @type {any} */ ({ domain, types, primaryType, message }))
  const claims = {
    version: 'v1',
    user_address: account.address.toLowerCase(),
    recipient_address: recipient.toLowerCase(),
    ...(tabId && { tab_id: tabId }),
    req_id: reqId,
    amount: hex(amount),
    asset_address: asset.toLowerCase(),
    timestamp,
    ...(validation && { validation }),
  }
  return { claims, signature, scheme: 'eip712' }
}

const houseDomain = params => ({ name: '4micaClearingHouse', version: '1', chainId: params.chain_id, verifyingContract: params.clearing_house_address })

/**
 * A gen-4 payment. @param {import('viem').PrivateKeyAccount} account @param {any} params core's public parameters
 * @param {any} cycle core's active cycle @param {{ recipient: string, amount: bigint, validation?: any, change?: object }} payment `change` is on the wire before signing
 */
export async function signAuthorization(account, params, cycle, { recipient, amount, validation, change }) {
  const payload = {
    version: 'v1',
    user_address: account.address.toLowerCase(),
    recipient_address: recipient,
    cycle_id: cycle.cycle_id,
    req_id: random(),
    amount: hex(amount),
    asset_address: cycle.asset_address.toLowerCase(),
    timestamp: cycle.server_time,
    salt: random(),
    ...(validation && { validation }),
    ...change,
  }
  const types = { PaymentAuthorization: AUTHORIZATION, Validation: VALIDATION }
  const zero = `0x${'00'.repeat(32)}`
  const validationHash = validation ? hashStruct({ types, primaryType: 'Validation', data: { deadline: 0, params: '0x', ...validation } }) : zero
  const commitment = encodeAbiParameters(parseAbiParameters('address,bytes32,bytes32'), [payload.recipient_address, payload.salt, validationHash])
  const message = {
    payer: account.address,
    cycleId: payload.cycle_id,
    asset: payload.asset_address,
    amount: BigInt(payload.amount),
    reqId: BigInt(payload.req_id),
    timestamp: payload.timestamp,
    recipientCommitment: keccak256(commitment),
  }
  const signature = await account.signTypedData(/** @type {any} */ ({ domain: houseDomain(params), types, primaryType: 'PaymentAuthorization', message }))
  return { payload, signature }
}

/** @param {import('viem').PrivateKeyAccount} account @param {any} params @param {{ cycle_id: string, asset_address: string, cumulative_gross: string, timestamp_cutoff: number }} sums */
export async function signCheckpoint(account, params, sums) {
  const payload = { payer: account.address.toLowerCase(), ...sums }
  const message = {
    payer: payload.payer,
    cycleId: payload.cycle_id,
    asset: payload.asset_address,
    cumulativeGross: BigInt(payload.cumulative_gross),
    timestampCutoff: payload.timestamp_cutoff,
  }
  const types = { Checkpoint: CHECKPOINT }
  const signature = await account.signTypedData(/** @type {any} */ ({ domain: houseDomain(params), types, primaryType: 'Checkpoint', message }))
  return { payload, signature }
}

/** Asks unpaid, then shows the payload made for the first requirement, in either x402 version. @param {string} url @param {(accepted: any) => any} payloadFor */
export async function payAt(url, payloadFor, init = {}) {
  const unpaid = await fetch(url, init)
  if (unpaid.status !== 402) throw new Error(`cannot pay: ${url} answered ${unpaid.status} unpaid`)
  const header = unpaid.headers.get('payment-required')
  const { x402Version, accepts, resource } = header ? decodeHeader(header) : await unpaid.json()
  const [accepted] = accepts
  const { scheme, network } = accepted
  const payload = await payloadFor(accepted)
  const envelope = x402Version === 2 ? { x402Version, accepted, payload, resource } : { x402Version, scheme, network, payload }
  const name = x402Version === 2 ? 'payment-signature' : 'x-payment'
  return fetch(url, { ...init, headers: { ...init.headers, [name]: encodeHeader(envelope) } })
}

/** @param {Response} response */
export const settlementOf = response => decodeHeader(response.headers.get('payment-response') ?? response.headers.get('x-payment-response'))

/**
 * The words of a V1 certificate whose BLS signature verifies under `publicKey`; throws when it does not.
 * @param {{ claims: string, signature: string }} certificate @param {number[]} publicKey @param {'tab' | 'cycle'} form
 */
export function openCertificate({ claims, signature }, publicKey, form) {
  const point = bls.hash(Buffer.from(claims.slice(2), 'hex'), DST)
  if (!bls.verify(signature.slice(2), point, Uint8Array.from(publicKey))) throw new Error('cannot open certificate: the signature does not verify')
  const [version, inner] = decodeAbiParameters(parseAbiParameters('uint64,bytes'), /** @type {any} */ (claims))
  if (version !== 1n) throw new Error(`cannot open certificate: version ${version}`)
  const words = parseAbiParameters(CERTIFICATE[form])
  if (inner.length !== 2 + words.length * 64) throw new Error('cannot open certificate: another number of words')
  const values = decodeAbiParameters(words, inner)
  return Object.fromEntries(words.map(({ name }, i) => [name, values[i]]))
}

/** The fields of a gen-4 receipt, and who signed it. @param {{ receipt: `0x${string}`, signature: `0x${string}` }} certificate @param {any} params */
export async function openReceipt({ receipt, signature }, params) {
  const values = decodeAbiParameters(RECEIPT, `0x${receipt.slice(66)}`)
  const message = Object.fromEntries(RECEIPT.map(({ name }, i) => [name, values[i]]))
  const domain = { name: '4micaGuaranteeRegistry', version: '1', chainId: params.chain_id, verifyingContract: params.guarantee_registry_address }
  const signer = await recoverTypedDataAddress(/** @type {any} */ ({ domain, types: { GuaranteeV1: RECEIPT }, primaryType: 'GuaranteeV1', message, signature }))
  return { ...message, signer }
}
