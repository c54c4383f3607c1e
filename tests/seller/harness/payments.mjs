// Signed payments by the thousand: EIP-3009 authorisations of a test key, as a PAYMENT-SIGNATURE header carries them.
//
// Signing is cheap here because every signature has the same secret number, which gives its key away. Nobody may do
// that with a key of worth; to whoever checks the signatures they are like any others.
import { randomBytes } from 'node:crypto'
import { requireTool } from '../../runtime/harness/installed.mjs'
import { PAYER } from '../../stores/races/buying.mjs'

const { secp256k1 } = requireTool('@noble/curves/secp256k1.js')
const { hashDomain, keccak256, recoverTypedDataAddress, toBytes } = requireTool('viem')

const fields = 'address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce'
const types = {
  TransferWithAuthorization: fields.split(',').map((field) => {
    const [type, name] = field.split(' ')
    return { name, type }
  }),
}
const domainTypes = 'string name,string version,uint256 chainId,address verifyingContract'.split(',').map((field) => {
  const [type, name] = field.split(' ')
  return { name, type }
})

const { n: order } = secp256k1.Point.CURVE()
const key = BigInt(PAYER.privateKey)
const once = BigInt(keccak256(toBytes('one secret number for all')))
const point = secp256k1.Point.BASE.multiply(once).toAffine()
const inverse = invert(once)

/**
 * Makes payments for one offer of a challenge: each call gives { header, nonce }. The first one is recovered with viem,
 * so that a mistake here is not taken for one of the seller.
 */
export async function paymentsFor({ accepted, resource, validSeconds = 250 }) {
  const { payTo, amount } = accepted
  const domain = domainOf(accepted)
  const separator = hashDomain({ domain, types: { EIP712Domain: domainTypes } }).slice(2)
  const typeHash = keccak256(toBytes(`TransferWithAuthorization(${fields})`)).slice(2)

  function sign({ from, to, value, validAfter, validBefore, nonce }) {
    const words = [from, to, value, validAfter, validBefore, nonce].map(word).join('')
    const digest = keccak256(`0x1901${separator}${keccak256(`0x${typeHash}${words}`).slice(2)}`)
    const high = (inverse * (BigInt(digest) + point.x * key)) % order
    const isHigh = high > order / 2n
    const v = 27 + (Number(point.y & 1n) ^ Number(isHigh))
    return `0x${word(point.x)}${word(isHigh ? order - high : high)}${v.toString(16)}`
  }

  function make() {
    const now = Math.floor(Date.now() / 1000)
    const nonce = `0x${randomBytes(32).toString('hex')}`
    const validity = { validAfter: String(now - 60), validBefore: String(now + validSeconds) }
    const authorization = { from: PAYER.address, to: payTo, value: amount, ...validity, nonce }
    const payload = { signature: sign(authorization), authorization }
    const header = Buffer.from(JSON.stringify({ x402Version: 2, resource, accepted, payload })).toString('base64')
    return { header, nonce, payload }
  }

  const signer = await recoverTypedDataAddress(typedDataOf(make(), accepted))
  if (signer !== PAYER.address) throw new Error(`cannot make payments: viem recovers ${signer}`)
  return make
}

/** The same payment as others might write it: other spaces, other order, other capitals. */
export function spellingsOf(header) {
  const payment = JSON.parse(Buffer.from(header, 'base64').toString())
  const { signature, authorization } = payment.payload
  const lower = (value) => (typeof value === 'string' ? value.toLowerCase() : value)
  const small = Object.fromEntries(Object.entries(authorization).map(([name, value]) => [name, lower(value)]))
  const upper = `0x${signature.slice(2).toUpperCase()}`
  const respelled = { ...payment, payload: { authorization: small, signature: upper } }
  const written = [JSON.stringify(payment, undefined, 1), JSON.stringify(respelled), JSON.stringify(reversed(payment))]
  return [header, ...written.map((text) => Buffer.from(text).toString('base64'))]
}

/** The keys of every object in the opposite order. */
function reversed(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).reverse().map(([key, inner]) => [key, reversed(inner)]))
}

/** What a payment for an offer signs, and the signature, as viem reads them. */
export function typedDataOf({ payload: { authorization, signature } }, accepted) {
  const primaryType = 'TransferWithAuthorization'
  return { domain: domainOf(accepted), types, primaryType, message: authorization, signature }
}

function domainOf({ network, asset, extra: { name, version } }) {
  return { name, version, chainId: Number(network.split(':')[1]), verifyingContract: asset }
}

/** The first offer of a seller's challenge, and the resource it names. */
export async function offerAt(url) {
  const unpaid = await fetch(url)
  if (unpaid.status !== 402) throw new Error(`cannot ask for terms: ${url} answered ${unpaid.status}`)
  const { accepts, resource } = JSON.parse(Buffer.from(unpaid.headers.get('payment-required'), 'base64').toString())
  return { accepted: accepts[0], resource }
}

/** 32 bytes in hexadecimal, of a number or of what is written as 0x… or as decimal digits. */
function word(value) {
  const digits = typeof value === 'string' && value.startsWith('0x') ? value.slice(2).toLowerCase() : BigInt(value).toString(16)
  return digits.padStart(64, '0')
}

/** The inverse of a number modulo the curve's order, which is prime. */
function invert(value) {
  let [result, base, exponent] = [1n, value % order, order - 2n]
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % order
    base = (base * base) % order
  }
  return result
}
