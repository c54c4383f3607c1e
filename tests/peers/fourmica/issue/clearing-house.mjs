// Part of the 4Mica stand-in: generation 4 ("clearing house"). A PaymentAuthorization in, an ECDSA receipt out; asking
// again with the same bytes gives the same receipt. Knows time, asks a Ledger for collateral and Checkpoints for leave.
// Source: protocol notes 2.4 and gen4-digests.json. No server of this generation was ever recorded: that every refusal
// is a 400 is a guess, its code and details are the published ones.
import {
  concat,
  encodeAbiParameters,
  getAddress,
  hashDomain,
  hashStruct,
  hashTypedData,
  keccak256,
  parseAbiParameters,
  stringToHex,
} from 'viem'
import { generatePrivateKey, privateKeyToAccount, sign } from 'viem/accounts'
import { lower, recover } from './claims.mjs'
import { mayIssue } from './certified.mjs'
import { field, refusal, refuse, text } from '../json.mjs'
import { checkpointBook } from './checkpoints.mjs'

const GUARANTEE = 'uint256 cycleId,uint256 reqId,address client,address recipient,uint256 amount,address asset,uint64 timestamp'
const types = {
  PaymentAuthorization: parseAbiParameters(
    'address payer,bytes32 cycleId,address asset,uint256 amount,uint256 reqId,uint64 timestamp,bytes32 recipientCommitment',
  ),
  Validation: parseAbiParameters('string validator,bytes32 subject,uint64 deadline,bytes params'),
  GuaranteeV1: parseAbiParameters(GUARANTEE),
}
const guaranteeTypeHash = keccak256(stringToHex(`GuaranteeV1(${GUARANTEE})`))
const domainFields = parseAbiParameters('string name,string version,uint256 chainId,address verifyingContract')

/** @param {{ recipient_address: string, salt: `0x${string}`, validation?: any }} payload */
export function recipientCommitment({ recipient_address, salt, validation }) {
  const validationHash = validation
    ? hashStruct({ types, primaryType: 'Validation', data: { deadline: 0, params: '0x', ...validation } })
    : `0x${'00'.repeat(32)}`
  const recipient = lower(recipient_address, 'recipient')
  return keccak256(encodeAbiParameters(parseAbiParameters('address,bytes32,bytes32'), [recipient, salt, validationHash]))
}

/** @param {any} payload as on the wire @param {{ chainId: number, clearingHouse: `0x${string}` }} deployment */
export const paymentDigest = (payload, { chainId, clearingHouse }) =>
  hashTypedData({
    domain: { name: '4micaClearingHouse', version: '1', chainId, verifyingContract: clearingHouse },
    types,
    primaryType: 'PaymentAuthorization',
    message: {
      payer: lower(payload.user_address, 'user'),
      cycleId: payload.cycle_id,
      asset: lower(payload.asset_address, 'asset'),
      amount: BigInt(payload.amount),
      reqId: BigInt(payload.req_id),
      timestamp: BigInt(payload.timestamp),
      recipientCommitment: recipientCommitment(payload),
    },
  })

/**
 * @param {{
 *   chainId: number, contractAddress: `0x${string}`, clearingHouse: `0x${string}`, guaranteeRegistry: `0x${string}`,
 *   signerKey?: `0x${string}`, maxUncheckpointed: number, rpcUrl?: string, now: () => number,
 *   ledger: import('../ledger.mjs').Ledger, book: import('../clearing/book.mjs').Book,
 *   periods: ReturnType<typeof import('../clearing/periods.mjs').periods>
 * }} options
 */
export function clearingHouseIssuer(options) {
  const { chainId, clearingHouse, guaranteeRegistry, now, ledger, book, periods } = options
  const signerKey = options.signerKey ?? generatePrivateKey()
  const receiptDomain = { name: '4micaGuaranteeRegistry', version: '1', chainId: BigInt(chainId), verifyingContract: guaranteeRegistry }
  const coreDomain = { name: 'Core4Mica', version: '1', chainId: BigInt(chainId), verifyingContract: options.contractAddress }
  /** @type {Map<string, { request: string, answer: Promise<{ receipt: string, signature: string }> }>} */
  const issued = new Map()

  /** @type {Set<string>} */
  const suspended = new Set()

  const describe = ({ id, text: name, asset, start, end }) => ({
    cycle_id: id,
    cycle_id_text: name,
    asset_address: getAddress(asset),
    period_start: start,
    period_end: end,
    server_time: now(),
    max_uncheckpointed: options.maxUncheckpointed,
  })
  const activeCycle = asset => describe(periods.current(lower(asset, 'asset')))
  const checkpoints = checkpointBook({ chainId, clearingHouse, maxUncheckpointed: options.maxUncheckpointed, now, activeCycle })

  const receiptFor = async payload => {
    const guarantee = {
      cycleId: BigInt(payload.cycle_id),
      reqId: BigInt(payload.req_id),
      client: lower(payload.user_address, 'user'),
      recipient: lower(payload.recipient_address, 'recipient'),
      amount: BigInt(payload.amount),
      asset: lower(payload.asset_address, 'asset'),
      timestamp: BigInt(payload.timestamp),
    }
    const words = encodeAbiParameters(types.GuaranteeV1, /** @type {any} */ (Object.values(guarantee)))
    const hash = hashTypedData({ domain: receiptDomain, types, primaryType: 'GuaranteeV1', message: guarantee })
    return { receipt: concat([guaranteeTypeHash, words]), signature: await sign({ hash, privateKey: signerKey, to: 'hex' }) }
  }

  return {
    guaranteeSigner: privateKeyToAccount(signerKey).address,
    activeCycle,
    checkpoints,
    /** @param {string} user @param {boolean} yes */
    suspend: (user, yes) => void (yes ? suspended.add(lower(user, 'user')) : suspended.delete(lower(user, 'user'))),

    publicParams: () => ({
      guarantee_signer: privateKeyToAccount(signerKey).address,
      contract_address: getAddress(options.contractAddress),
      guarantee_registry_address: getAddress(guaranteeRegistry),
      clearing_house_address: getAddress(clearingHouse),
      ...(options.rpcUrl && { ethereum_http_rpc_url: options.rpcUrl }),
      eip712_name: '4micaClearingHouse',
      eip712_version: '1',
      chain_id: chainId,
      supported_payment_payload_versions: ['v1'],
      core_domain_separator: hashDomain({ domain: coreDomain, types: { EIP712Domain: domainFields } }),
      validators: [],
    }),

    /** @param {import('../json.mjs').JsonNode} body @param {import('../auth.mjs').Principal} principal */
    async issue(body, principal) {
      const payload = readPayload(field(body, 'payload'))
      const signature = text(field(body, 'signature'), 'signature')
      mayIssue(principal, payload.recipient_address)
      const user = lower(payload.user_address, 'user')
      const recovered = await recover(paymentDigest(payload, { chainId, clearingHouse }), signature)
      if (recovered.toLowerCase() !== user) throw refusal(400, 'Invalid signature', { code: 'INVALID_SIGNATURE' })

      // No await from here to the lock. A known request gets its receipt back even when its cycle is over.
      const request = JSON.stringify([payload, signature.toLowerCase()])
      const key = [user, payload.recipient_address.toLowerCase(), payload.cycle_id, BigInt(payload.req_id)].join()
      const known = issued.get(key)
      if (known?.request === request) return known.answer
      const period = periods.current(lower(payload.asset_address, 'asset'))
      const cycle = describe(period)
      checkTime(payload, cycle)
      checkpoints.requireAfterCutoff(user, cycle, payload.timestamp)
      if (known) refuse('DUPLICATE_GUARANTEE', 'another guarantee with this req_id already exists', { req_id: payload.req_id })
      if (!ledger.isRegistered(user)) refuse('USER_NOT_REGISTERED', 'user not registered', { user: getAddress(user) })
      if (suspended.has(user)) refuse('USER_SUSPENDED', 'user is suspended', { user: getAddress(user) })
      checkpoints.requireRoom(user, cycle)
      if (!ledger.lock(user, payload.asset_address, BigInt(payload.amount))) {
        refuse('INSUFFICIENT_COLLATERAL', 'Not enough free collateral', {})
      }
      checkpoints.record(user, cycle, { payload, signature })
      const entry = { payer: user, recipient: lower(payload.recipient_address, 'recipient'), amount: BigInt(payload.amount), payable: true }
      book.record(period, entry)
      const answer = receiptFor(payload)
      issued.set(key, { request, answer })
      return answer
    },
  }
}

function checkTime(payload, cycle) {
  const { period_start, period_end, server_time } = cycle
  if (payload.cycle_id.toLowerCase() !== cycle.cycle_id) {
    refuse('CYCLE_MISMATCH', 'signed cycle is not the active one', {
      signed_cycle_id: payload.cycle_id,
      active_cycle_id: cycle.cycle_id,
      active_cycle_id_text: cycle.cycle_id_text,
      active_period_end: period_end,
      server_time,
    })
  }
  const { timestamp } = payload
  if (timestamp > server_time) refuse('FUTURE_TIMESTAMP', 'timestamp is in the future', { timestamp, server_time })
  if (timestamp < period_start) {
    refuse('STALE_TIMESTAMP', 'timestamp is before the active cycle', { timestamp, period_start, period_end, server_time })
  }
}

function readPayload(node) {
  const path = 'payload'
  for (const name of ['version', 'user_address', 'recipient_address', 'cycle_id', 'req_id', 'amount', 'asset_address', 'salt']) {
    text(field(node, name, path), path, node)
  }
  const payload = node.value
  const hash = /^0x[0-9a-fA-F]{64}$/
  const integer = /^(0x[0-9a-fA-F]{1,64}|\d{1,77})$/
  const sound =
    payload.version === 'v1' &&
    [payload.cycle_id, payload.salt].every(value => hash.test(value)) &&
    [payload.req_id, payload.amount].every(value => integer.test(value)) &&
    Number.isSafeInteger(payload.timestamp) &&
    payload.timestamp >= 0
  if (!sound) throw refusal(422, 'cannot read payload')
  return payload
}
