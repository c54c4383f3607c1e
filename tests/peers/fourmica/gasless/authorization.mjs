// Part of the 4Mica stand-in: what a user signed for somebody else to send. In: the JSON of an authorization. Out: the
// tuple for the contract, or a refusal: shape, window, signer, nonce, in this order. Sends nothing.
// Source: facts of the gasless routes; EIP-3009 for the token's part.
import { concat, isAddress, numberToHex, parseAbiParameters, recoverTypedDataAddress } from 'viem'
import { chainTime, read } from '../../contracts/deploy.mjs'
import { GaslessRefusal } from './refusal.mjs'

const RECEIVE = parseAbiParameters('address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce')
const REQUEST = parseAbiParameters('address user,address asset,uint256 amount,uint256 validAfter,uint256 validBefore,bytes32 nonce')
const CANCEL = REQUEST.filter(({ name }) => name !== 'amount')

const invalid = message => new GaslessRefusal('INVALID_REQUEST', message)
const isHex = (value, bytes) => typeof value === 'string' && new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`).test(value)

/** @param {unknown} value @param {string} name @returns {`0x${string}`} */
export function address(value, name) {
  if (typeof value !== 'string' || !isAddress(value, { strict: false })) throw invalid(`${name} is not an address`)
  return /** @type {`0x${string}`} */ (value)
}

/** 0x-hex or decimal text. @param {unknown} value @param {string} name */
export function uint(value, name) {
  if (typeof value === 'string' && /^(0x[0-9a-fA-F]{1,64}|\d{1,78})$/.test(value) && BigInt(value) < 1n << 256n) return BigInt(value)
  throw invalid(`${name} is not an unsigned integer`)
}

const window = json => ({ validAfter: uint(json.validAfter, 'validAfter'), validBefore: uint(json.validBefore, 'validBefore') })

function nonceOf(json) {
  if (!isHex(json.nonce, 32)) throw invalid('nonce is not 32 bytes')
  return json.nonce
}

async function requireWindow(chain, { validAfter, validBefore }) {
  const now = await chainTime(chain)
  if (now <= validAfter) throw new GaslessRefusal('NOT_YET_VALID', `authorization is not valid before ${validAfter}`)
  if (now >= validBefore) throw new GaslessRefusal('EXPIRED', `authorization expired at ${validBefore}`)
}

async function requireSigner(expected, typedData) {
  let signer
  try {
    signer = await recoverTypedDataAddress(typedData)
  } catch {
    throw new GaslessRefusal('MALFORMED_SIGNATURE', 'signature cannot be recovered')
  }
  if (signer.toLowerCase() !== expected.toLowerCase()) throw new GaslessRefusal('SIGNATURE_MISMATCH', `signature is by ${signer}, not ${expected}`)
}

/**
 * An EIP-3009 ReceiveWithAuthorization of `value` of our token to `to`.
 * @param {import('../../chain.mjs').Chain} chain @param {any} json @param {{ to: `0x${string}`, value: bigint }} terms
 */
export async function receiveAuthorization(chain, json, { to, value }) {
  const auth = { from: address(json?.from, 'authorization.from'), ...window(json), nonce: nonceOf(json), v: json.v, r: json.r, s: json.s }
  if (![27, 28].includes(auth.v) || !isHex(auth.r, 32) || !isHex(auth.s, 32)) throw new GaslessRefusal('MALFORMED_SIGNATURE', 'v, r and s are not a signature')
  await requireWindow(chain, auth)
  const { from, validAfter, validBefore, nonce, v, r, s } = auth
  const { token } = chain
  await requireSigner(from, {
    domain: { name: token.name, version: token.version, chainId: chain.chainId, verifyingContract: token.address },
    types: { ReceiveWithAuthorization: RECEIVE },
    primaryType: 'ReceiveWithAuthorization',
    message: { from, to, value, validAfter, validBefore, nonce },
    signature: concat([r, s, numberToHex(v)]),
  })
  if (await chain.authorizationState(from, nonce)) throw new GaslessRefusal('NONCE_ALREADY_USED', 'authorization nonce is used')
  const balance = await chain.balanceOf(from)
  if (balance < value) throw new GaslessRefusal('INSUFFICIENT_BALANCE', `balance ${balance} is below ${value}`)
  return auth
}

/**
 * A user's RequestWithdrawal or CancelWithdrawal under Core4Mica's own domain.
 * @param {import('../../chain.mjs').Chain} chain @param {import('../../contracts/deploy.mjs').Contract} core4mica
 * @param {'request' | 'cancel'} action @param {any} json
 */
export async function withdrawalAuthorization(chain, core4mica, action, json) {
  const fields = {
    user: address(json?.user, 'authorization.user'),
    asset: address(json?.asset, 'authorization.asset'),
    ...(action === 'request' && { amount: uint(json?.amount, 'authorization.amount') }),
    ...window(json),
    nonce: nonceOf(json),
  }
  if (!isHex(json.signature, 65)) throw new GaslessRefusal('MALFORMED_SIGNATURE', 'signature is not 65 bytes')
  await requireWindow(chain, fields)
  const primaryType = action === 'request' ? 'RequestWithdrawal' : 'CancelWithdrawal'
  await requireSigner(fields.user, {
    domain: { name: 'Core4Mica', version: '1', chainId: chain.chainId, verifyingContract: core4mica.address },
    types: { [primaryType]: action === 'request' ? REQUEST : CANCEL },
    primaryType,
    message: fields,
    signature: json.signature,
  })
  if (await read(chain, core4mica, 'authorizationState', [fields.user, fields.nonce])) throw new GaslessRefusal('NONCE_ALREADY_USED', 'authorization nonce is used')
  return { ...fields, signature: json.signature }
}
