// EIP-712 for this one struct, as somebody writes it who wants no library for it.
import { keccak_256 as keccak256 } from '@noble/hashes/sha3.js'

const utf8 = (text) => new TextEncoder().encode(text)
export const fromHex = (hex) => Uint8Array.from(hex.slice(2).match(/../g), (pair) => parseInt(pair, 16))
export const toHex = (bytes) => `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
const number = (value) => fromHex(`0x${BigInt(value).toString(16).padStart(64, '0')}`)

const DOMAIN = keccak256(utf8('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'))
const TRANSFER = keccak256(
  utf8(
    'TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)',
  ),
)

function hashed(...words) {
  const whole = new Uint8Array(words.length * 32)
  words.forEach((word, at) => whole.set(word, at * 32))
  return keccak256(whole)
}

export function digestOf({ name, version, chainId, verifyingContract }, message) {
  const domain = hashed(
    DOMAIN,
    keccak256(utf8(name)),
    keccak256(utf8(version)),
    number(chainId),
    number(verifyingContract),
  )
  const { from, to, value, validAfter, validBefore, nonce } = message
  const struct = hashed(TRANSFER, ...[from, to, value, validAfter, validBefore, nonce].map(number))
  return keccak256(Uint8Array.of(0x19, 0x01, ...domain, ...struct))
}

export const addressOf = (publicKey) => toHex(keccak256(publicKey.slice(1)).slice(-20))
