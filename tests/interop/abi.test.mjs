// Calls and messages as Rust writes them (tests/core/contract.rs), made anew by viem.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'

const { encodeFunctionData, hashTypedData, parseAbi } = createRequire(
  new URL('../peers/package.json', import.meta.url),
)('viem')
const { calls, messages } = JSON.parse(readFileSync(new URL('../core/contract-calls.json', import.meta.url), 'utf8'))

const isInteger = ({ type }) => /^u?int\d+$/.test(type)

test('every call has the bytes that viem encodes', () => {
  assert.equal(calls.length, 40)
  for (const { function: signature, args, data } of calls) {
    const [item] = parseAbi([`function ${signature}`])
    const typed = args.map((arg, index) => (isInteger(item.inputs[index]) ? BigInt(arg) : arg))
    assert.equal(encodeFunctionData({ abi: [item], functionName: item.name, args: typed }), data, signature)
  }
})

test('every message has the digest that viem makes of the text a wallet is asked', () => {
  assert.equal(messages.length, 10)
  for (const { typedData, digest } of messages) {
    const { domain, types, primaryType, message } = JSON.parse(typedData)
    const integers = types[primaryType].filter(isInteger).map(({ name }) => [name, BigInt(message[name])])
    const typed = { ...message, ...Object.fromEntries(integers) }
    assert.equal(hashTypedData({ domain, types, primaryType, message: typed }), digest, primaryType)
  }
})
