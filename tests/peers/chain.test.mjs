// The chain and its token are what the x402 tests trust, so their own rules are asserted first:
// EIP-3009 in both forms, no replay, windows, cancellation; and that no process outlives `stop`.
// Needs only this folder's npm ci.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { parseSignature } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { accounts, startChain } from './chain.mjs'

/** @type {import('./chain.mjs').Chain} */
let chain
const payer = privateKeyToAccount(accounts[1].privateKey)
const payee = accounts[2].address
const window = { validAfter: 0n, validBefore: 4_000_000_000n }
let counter = 0

before(async () => {
  chain = await startChain()
  await chain.mint(payer.address, 1_000_000n)
})
after(() => chain?.stop())

const domain = () => ({ name: 'USDC', version: '2', chainId: chain.chainId, verifyingContract: chain.token.address })
const transferFields = ['from', 'to', 'value', 'validAfter', 'validBefore', 'nonce']
const transferTypes = ['address', 'address', 'uint256', 'uint256', 'uint256', 'bytes32']

async function authorise(primaryType, change = {}, signer = payer) {
  const nonce = `0x${(++counter).toString(16).padStart(64, '0')}`
  const message = { from: payer.address, to: payee, value: 1_000n, ...window, nonce, ...change }
  const types = { [primaryType]: transferFields.map((name, i) => ({ name, type: transferTypes[i] })) }
  const signature = await signer.signTypedData({ domain: domain(), types, primaryType, message })
  return { message, signature, args: transferFields.map(name => message[name]) }
}

async function call(functionName, args, from = 0) {
  const { address, abi } = chain.token
  const hash = await chain.walletClient(from).writeContract({ address, abi, functionName, args })
  return chain.publicClient.waitForTransactionReceipt({ hash })
}

const vrs = signature => {
  const { v, r, s, yParity } = parseSignature(signature)
  return [Number(v ?? yParity + 27), r, s]
}

for (const form of ['bytes', 'v,r,s']) {
  const tail = signature => (form === 'bytes' ? [signature] : vrs(signature))

  test(`transferWithAuthorization (${form}) moves the value once`, async () => {
    const before = await chain.balanceOf(payee)
    const { args, message, signature } = await authorise('TransferWithAuthorization')
    assert.equal(await chain.authorizationState(payer.address, message.nonce), false)
    await call('transferWithAuthorization', [...args, ...tail(signature)])
    assert.equal((await chain.balanceOf(payee)) - before, 1_000n)
    assert.equal(await chain.authorizationState(payer.address, message.nonce), true)
    await assert.rejects(call('transferWithAuthorization', [...args, ...tail(signature)]), /authorization is used or canceled/)
  })

  test(`receiveWithAuthorization (${form}) is the payee's call only`, async () => {
    const { args, signature } = await authorise('ReceiveWithAuthorization')
    await assert.rejects(call('receiveWithAuthorization', [...args, ...tail(signature)], 0), /caller must be the payee/)
    const before = await chain.balanceOf(payee)
    await call('receiveWithAuthorization', [...args, ...tail(signature)], 2)
    assert.equal((await chain.balanceOf(payee)) - before, 1_000n)
  })
}

test('an authorisation of another signer, value or window is refused', async () => {
  const stranger = privateKeyToAccount(accounts[3].privateKey)
  const foreign = await authorise('TransferWithAuthorization', {}, stranger)
  await assert.rejects(call('transferWithAuthorization', [...foreign.args, foreign.signature]), /invalid signature/)
  const { args, signature } = await authorise('TransferWithAuthorization')
  await assert.rejects(call('transferWithAuthorization', [...args.with(2, 2_000n), signature]), /invalid signature/)
  const late = await authorise('TransferWithAuthorization', { validBefore: 1n })
  await assert.rejects(call('transferWithAuthorization', [...late.args, late.signature]), /authorization is expired/)
  const early = await authorise('TransferWithAuthorization', { validAfter: 3_999_999_999n })
  await assert.rejects(call('transferWithAuthorization', [...early.args, early.signature]), /not yet valid/)
})

test('a cancelled authorisation cannot move anything', async () => {
  const { args, message, signature } = await authorise('TransferWithAuthorization')
  const types = { CancelAuthorization: [{ name: 'authorizer', type: 'address' }, { name: 'nonce', type: 'bytes32' }] }
  const cancellation = { authorizer: payer.address, nonce: message.nonce }
  const cancel = await payer.signTypedData({ domain: domain(), types, primaryType: 'CancelAuthorization', message: cancellation })
  await call('cancelAuthorization', [payer.address, message.nonce, ...vrs(cancel)])
  assert.equal(await chain.authorizationState(payer.address, message.nonce), true)
  await assert.rejects(call('transferWithAuthorization', [...args, signature]), /authorization is used or canceled/)
})

test('a taken port is said so, and the first chain keeps running', async () => {
  await assert.rejects(startChain({ port: Number(new URL(chain.rpcUrl).port) }), /port \d+ is taken/)
  assert.equal(await chain.balanceOf(accounts[8].address), 0n)
})

test('stop ends the process; stopping twice is harmless', async () => {
  const other = await startChain()
  await other.stop()
  await other.stop()
  await assert.rejects(fetch(other.rpcUrl, { method: 'POST' }), /fetch failed/)
})
