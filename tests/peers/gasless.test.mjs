// The facilitator's gasless routes on a real chain: a user who owns tokens and no ETH puts collateral in, pays and
// claims its cycle and takes the collateral home, signing only. Every refusal by its published code, under HTTP 200.
// The client is viem; nothing of farthing is involved.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { parseAbiParameters, parseSignature } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { accounts, startChain } from './chain.mjs'
import { chainTime, deployContracts, read, send, skipTime } from './contracts/deploy.mjs'
import { startCore } from './fourmica/core.mjs'
import { startFacilitator4mica } from './fourmica/facilitator.mjs'
import { hex, publicParams, random, signAuthorization } from './payer.mjs'

const GRACE = 100
const ETH = `0x${'00'.repeat(20)}`
const RECEIVE = parseAbiParameters('address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce')
const REQUEST = parseAbiParameters('address user,address asset,uint256 amount,uint256 validAfter,uint256 validBefore,bytes32 nonce')
const CANCEL = REQUEST.filter(({ name }) => name !== 'amount')
let chain, contracts, core, facilitator, usdc, user, seller

before(async () => {
  chain = await startChain()
  usdc = chain.token.address
})
after(() => chain?.stop())
beforeEach(async () => {
  contracts = await deployContracts(chain, { gracePeriod: GRACE })
  core = await startCore({ chain, contracts, generation: 'clearing-house' })
  facilitator = await startFacilitator4mica({ coreUrl: core.url, chain, contracts })
  user = privateKeyToAccount(generatePrivateKey())
  seller = privateKeyToAccount(generatePrivateKey())
})
const stop = async () => {
  await facilitator.stop()
  await core.stop()
}

async function post(path, body) {
  const response = await fetch(facilitator.url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  assert.equal(response.status, 200)
  return response.json()
}

const FOREVER = 4_000_000_000n
const window = () => ({ validAfter: 0n, validBefore: FOREVER })

async function receive(to, value, { nonce = random(), signer = user, from = signer.address, ...change } = {}) {
  const message = { from, to, value, ...window(), nonce, ...change }
  const domain = { name: 'USDC', version: '2', chainId: 84532, verifyingContract: usdc }
  const { r, s, v } = parseSignature(await signer.signTypedData({ domain, types: { ReceiveWithAuthorization: RECEIVE }, primaryType: 'ReceiveWithAuthorization', message }))
  return { from, validAfter: hex(message.validAfter), validBefore: hex(message.validBefore), nonce, v: Number(v), r, s }
}

async function withdrawal(action, fields) {
  const [primaryType, type] = action === 'request' ? ['RequestWithdrawal', REQUEST] : ['CancelWithdrawal', CANCEL]
  const message = { user: user.address, asset: usdc, ...window(), nonce: random(), ...fields }
  const domain = { name: 'Core4Mica', version: '1', chainId: 84532, verifyingContract: contracts.core4mica.address }
  const signature = await user.signTypedData({ domain, types: { [primaryType]: type }, primaryType, message })
  const { amount, validAfter, validBefore, ...rest } = message
  const authorization = { ...rest, ...(action === 'request' && { amount: String(amount) }), validAfter: hex(validAfter), validBefore: hex(validBefore), signature }
  return { action, authorization }
}

const depositOf = async (amount, change) => ({ network: 'eip155:84532', asset: usdc, amount: String(amount), assetTransferMethod: 'eip3009', authorization: await receive(contracts.core4mica.address, amount, change) })
const collateral = async (asset = usdc) => (await read(chain, contracts.core4mica, 'getUser', [user.address, asset]))[0]

/** Both forms say the same, and nothing was sent. */
async function refused(path, body, code, retryable = false) {
  const before = await chain.publicClient.getTransactionCount({ address: accounts[0].address })
  const verified = await post(`${path}/verify`, body)
  assert.deepEqual([verified.isValid, verified.errorCode, verified.retryable ?? false], [false, code, retryable], verified.invalidReason)
  const { error, ...answer } = await post(path, body)
  assert.deepEqual(answer, { success: false, errorCode: code, retryable }, error)
  assert.equal(await chain.publicClient.getTransactionCount({ address: accounts[0].address }), before)
}

/** The cycle in which `user` owes `seller` ten thousand, closed. */
async function owing(amount = 10_000n) {
  await chain.mint(user.address, 2n * amount)
  await post('/deposit', await depositOf(amount))
  const as = address => ({ authorization: `Bearer ${core.issueToken(address)}` })
  const cycle = await (await fetch(`${core.url}/core/cycles/active?asset=${usdc}`, { headers: as(user.address) })).json()
  const body = JSON.stringify(await signAuthorization(user, await publicParams(core.url), cycle, { recipient: seller.address, amount }))
  const issued = await fetch(`${core.url}/core/guarantees`, { method: 'POST', headers: { ...as(accounts[3].address), 'content-type': 'application/json' }, body })
  assert.equal(issued.status, 200)
  return core.closeCycle(usdc)
}

test('from deposit to withdrawal without a wei of ETH, to the last unit', async t => {
  t.after(stop)
  const { cycleId, cycleText } = await owing()
  assert.equal(await collateral(), 10_000n)
  const authorization = await receive(contracts.clearingHouse.address, 10_000n, { nonce: cycleId })
  const pay = { cycleId: cycleText, network: 'eip155:84532', assetTransferMethod: 'eip3009', authorization }
  assert.deepEqual(await post('/clearing/pay/verify', pay), { isValid: true })
  const { txHash, ...paid } = await post('/clearing/pay', pay)
  assert.deepEqual(paid, { success: true, network: 'eip155:84532', debtor: user.address, cycleId: cycleText, amount: '10000' })
  assert.equal((await chain.publicClient.getTransactionReceipt({ hash: txHash })).status, 'success')
  assert.equal(await chain.balanceOf(user.address), 0n)

  const claim = { cycleId, creditor: seller.address }
  assert.deepEqual(await post('/clearing/claim/verify', claim), { isValid: true })
  const { txHash: _, ...claimed } = await post('/clearing/claim', claim)
  assert.deepEqual(claimed, { success: true, network: 'eip155:84532', creditor: seller.address, cycleId, amount: '10000' })
  assert.equal(await chain.balanceOf(seller.address), 10_000n)

  const request = await withdrawal('request', { amount: 10_000n })
  assert.deepEqual(await post('/withdraw/verify', request), { isValid: true })
  const { txHash: __, ...requested } = await post('/withdraw', request)
  assert.deepEqual(requested, { success: true, network: 'eip155:84532', user: user.address, asset: usdc, amount: '10000' })
  await skipTime(chain, GRACE)
  const finalize = { action: 'finalize', user: user.address, asset: usdc }
  assert.deepEqual(await post('/withdraw/verify', finalize), { isValid: true })
  const { txHash: ___, ...finalized } = await post('/withdraw', finalize)
  assert.deepEqual(finalized, { success: true, network: 'eip155:84532', user: user.address, asset: usdc })
  assert.equal(await chain.balanceOf(user.address), 10_000n)
  await core.sync()
  assert.deepEqual([core.balanceOf(user.address, usdc).total, core.balanceOf(user.address, usdc).locked], ['0x0', '0x0'])
  assert.equal(await chain.publicClient.getBalance({ address: user.address }), 0n)
})

describe('/deposit', () => {
  test('credits the signer, and refuses by code what could not succeed', async t => {
    t.after(stop)
    await chain.mint(user.address, 100n)
    const good = await depositOf(100n)
    await refused('/deposit', { ...good, network: 'eip155:1' }, 'NO_RELAYER')
    await refused('/deposit', { ...good, amount: '-1' }, 'INVALID_REQUEST')
    await refused('/deposit', { ...good, authorization: undefined }, 'INVALID_REQUEST')
    await refused('/deposit', { ...good, asset: contracts.core4mica.address }, 'UNSUPPORTED_TRANSFER_METHOD')
    await refused('/deposit', { ...good, assetTransferMethod: 'permit2' }, 'UNSUPPORTED_TRANSFER_METHOD')
    await refused('/deposit', { ...good, amount: '99' }, 'SIGNATURE_MISMATCH')
    await refused('/deposit', await depositOf(100n, { signer: seller, from: user.address }), 'SIGNATURE_MISMATCH')
    await refused('/deposit', { ...good, authorization: { ...good.authorization, r: '0x00' } }, 'MALFORMED_SIGNATURE')
    await refused('/deposit', { ...good, authorization: { ...good.authorization, r: `0x${'00'.repeat(32)}` } }, 'MALFORMED_SIGNATURE')
    await refused('/deposit', await depositOf(100n, { validBefore: BigInt(await chainTime(chain)) }), 'EXPIRED')
    await refused('/deposit', await depositOf(100n, { validAfter: FOREVER - 1n }), 'NOT_YET_VALID')
    await refused('/deposit', await depositOf(101n), 'INSUFFICIENT_BALANCE')
    await refused('/deposit', await depositOf(0n), 'SIMULATION_REVERTED')
    assert.deepEqual(await post('/deposit/verify', good), { isValid: true })
    assert.equal(await collateral(), 0n, 'a /verify sends nothing')
    const { txHash, ...answer } = await post('/deposit', good)
    assert.match(txHash, /^0x[0-9a-f]{64}$/)
    assert.deepEqual(answer, { success: true, network: 'eip155:84532', from: user.address, asset: usdc, amount: '100' })
    assert.equal(await collateral(), 100n)
    await refused('/deposit', good, 'NONCE_ALREADY_USED')
  })

  test('twice at once is one deposit', async t => {
    t.after(stop)
    await chain.mint(user.address, 200n)
    const good = await depositOf(100n)
    const answers = await Promise.all([post('/deposit', good), post('/deposit', good)])
    assert.deepEqual(answers.map(({ success }) => success).sort(), [false, true])
    const { errorCode } = answers.find(({ success }) => !success)
    assert.ok(['DUPLICATE_IN_FLIGHT', 'NONCE_ALREADY_USED'].includes(errorCode), errorCode)
    assert.equal(await collateral(), 100n)
  })

  test('faults: throttled, nothing was sent; without a receipt, it was', async t => {
    t.after(stop)
    await chain.mint(user.address, 100n)
    const good = await depositOf(100n)
    for (const [code, retryable] of [['RATE_LIMITED', true], ['RELAYER_BALANCE_TOO_LOW', true], ['GAS_CEILING_EXCEEDED', false], ['BROADCAST_FAILED', false]]) {
      facilitator.failNext(code)
      const { error, ...answer } = await post('/deposit', good)
      assert.deepEqual(answer, { success: false, errorCode: code, retryable }, error)
      assert.equal(await collateral(), 0n)
    }
    facilitator.failNext('RECEIPT_UNAVAILABLE')
    const { errorCode, retryable } = await post('/deposit', good)
    assert.deepEqual([errorCode, retryable], ['RECEIPT_UNAVAILABLE', false])
    assert.equal(await collateral(), 100n)
    assert.throws(() => facilitator.failNext('NO_SUCH_CODE'), TypeError)
  })
})

test('/withdraw: request and cancel as signed, ETH too, and refusals by code', async t => {
  t.after(stop)
  await chain.mint(user.address, 100n)
  await post('/deposit', await depositOf(100n))
  const request = await withdrawal('request', { amount: 60n })
  const altered = { ...request, authorization: { ...request.authorization, amount: '61' } }
  await refused('/withdraw', altered, 'SIGNATURE_MISMATCH')
  await refused('/withdraw', { ...request, action: 'take' }, 'INVALID_REQUEST')
  await refused('/withdraw', { ...request, authorization: { ...request.authorization, signature: '0x00' } }, 'MALFORMED_SIGNATURE')
  await refused('/withdraw', await withdrawal('request', { amount: 60n, validBefore: 1n }), 'EXPIRED')
  await refused('/withdraw', await withdrawal('request', { amount: 60n, validAfter: FOREVER - 1n }), 'NOT_YET_VALID')
  await refused('/withdraw', await withdrawal('request', { amount: 101n }), 'SIMULATION_REVERTED')
  await refused('/withdraw', await withdrawal('cancel', {}), 'SIMULATION_REVERTED')
  await refused('/withdraw', { action: 'finalize', user: user.address, asset: usdc }, 'SIMULATION_REVERTED')
  assert.equal((await post('/withdraw', request)).success, true)
  await refused('/withdraw', request, 'NONCE_ALREADY_USED')
  const cancel = await withdrawal('cancel', {})
  const { txHash, ...cancelled } = await post('/withdraw', cancel)
  assert.deepEqual(cancelled, { success: true, network: 'eip155:84532', user: user.address, asset: usdc })
  assert.deepEqual(await read(chain, contracts.core4mica, 'getUser', [user.address, usdc]), [100n, 0n, 0n])

  await chain.rpc('anvil_setBalance', [user.address, hex(10n ** 18n)])
  const wallet = chain.walletClient(0)
  const deposit = await wallet.writeContract({ account: user, ...contracts.core4mica, functionName: 'deposit', args: [], value: 5n })
  await chain.publicClient.waitForTransactionReceipt({ hash: deposit })
  assert.equal((await post('/withdraw', await withdrawal('request', { asset: ETH, amount: 5n }))).success, true)
  await skipTime(chain, GRACE)
  assert.equal((await post('/withdraw', { action: 'finalize', user: user.address, asset: ETH })).success, true)
  assert.equal(await collateral(ETH), 0n)
})

test('/clearing: the nonce is the cycle, paid once, claimed once, and core has the last word', async t => {
  t.after(stop)
  const { cycleId, cycleText } = await owing()
  const pay = async change => ({ cycleId: cycleText, authorization: await receive(contracts.clearingHouse.address, 10_000n, { nonce: cycleId, ...change }) })
  const claim = { cycleId: cycleText, creditor: seller.address }
  await refused('/clearing/claim', claim, 'SIMULATION_REVERTED')
  await refused('/clearing/claim', { cycleId: cycleText, creditor: user.address }, 'ACTION_UNAVAILABLE', true)
  await refused('/clearing/claim', { cycleId: `${usdc.toLowerCase()}:1`, creditor: seller.address }, 'ACTION_UNAVAILABLE', true)
  await refused('/clearing/claim', { creditor: seller.address }, 'INVALID_REQUEST')
  await refused('/clearing/pay', await pay({ nonce: random() }), 'INVALID_REQUEST')
  await refused('/clearing/pay', await pay({ value: 9_999n }), 'SIGNATURE_MISMATCH')
  await refused('/clearing/pay', { ...(await pay({})), assetTransferMethod: 'permit2' }, 'UNSUPPORTED_TRANSFER_METHOD')
  assert.equal((await post('/clearing/pay', await pay({}))).success, true)
  await refused('/clearing/pay', await pay({}), 'NONCE_ALREADY_USED')
  assert.equal((await post('/clearing/claim', claim)).success, true)
  await refused('/clearing/claim', claim, 'SIMULATION_REVERTED')
})

test('health names the relayer; a facilitator without a chain pays for nothing; generation 2 has no such routes', async t => {
  t.after(stop)
  const health = async url => (await fetch(`${url}/health`)).json()
  const [relayer] = (await health(facilitator.url)).relayers
  assert.deepEqual([relayer.network, relayer.address, relayer.belowFloor, BigInt(relayer.balanceWei) > 0n], ['eip155:84532', accounts[0].address, false, true])
  const poor = await startFacilitator4mica({ coreUrl: core.url })
  t.after(poor.stop)
  const ask = url => fetch(`${url}/deposit`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
  assert.equal((await (await ask(poor.url)).json()).errorCode, 'NO_RELAYER_CONFIGURED')
  const early = await startCore()
  t.after(early.stop)
  const recorded = await startFacilitator4mica({ coreUrl: early.url, chain, contracts })
  t.after(recorded.stop)
  assert.equal((await ask(recorded.url)).status, 404)
  assert.deepEqual(await health(recorded.url), { status: 'ok' })
})
