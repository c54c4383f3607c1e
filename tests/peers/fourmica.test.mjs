// The 4Mica stand-in end to end: a payer signs with viem alone, the seller settles through facilitator and core,
// the certificate or receipt is verified from the public parameters only. Collateral, faults, login and the
// generation-4 digests too. That the stand-in tells the truth is replay.test.mjs's business.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { bls12_381 } from '@noble/curves/bls12-381'
import { decodeAbiParameters, hashTypedData, parseAbiParameters, recoverAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { requestHash, subjectHash } from './fourmica/issue/claims.mjs'
import { paymentDigest, recipientCommitment } from './fourmica/issue/clearing-house.mjs'
import { startCore } from './fourmica/core.mjs'
import { startFacilitator4mica } from './fourmica/facilitator.mjs'
import { startSeller4mica } from './fourmica/seller.mjs'
import { validation } from './fourmica/validation.mjs'
import { accounts } from './chain.mjs'
import { decodeHeader, encodeHeader } from './http.mjs'

const payer = privateKeyToAccount(accounts[1].privateKey)
const payTo = accounts[2].address
const USDC = '0x036CbD53842c5426634e7929541eC2318f3dCF7e'
const AMOUNT = 10_000n
const hex = value => `0x${BigInt(value).toString(16)}`
const random = () => `0x${randomBytes(32).toString('hex')}`
const now = () => Math.floor(Date.now() / 1000)
const lower = text => text.toLowerCase()

const V1 = 'address user,address recipient,uint256 reqId,uint256 amount,address asset,uint64 timestamp'
const V2 = `${V1},address validationRegistryAddress,bytes32 validationRequestHash,uint256 validationChainId,address validatorAddress,uint256 validatorAgentId,uint8 minValidationScore,bytes32 validationSubjectHash,bytes32 jobHash,string requiredValidationTag`

async function signedGuarantee({ amount = AMOUNT, guarded = false, reqId = random() } = {}) {
  const claims = { user: payer.address, recipient: payTo, reqId: BigInt(reqId), amount, asset: USDC, timestamp: BigInt(now() - 1) }
  const wire = {
    version: guarded ? 'v2' : 'v1',
    user_address: lower(payer.address),
    recipient_address: lower(payTo),
    req_id: reqId,
    amount: hex(amount),
    asset_address: lower(USDC),
    timestamp: Number(claims.timestamp),
  }
  let message = claims
  if (guarded) {
    const subject = subjectHash(claims)
    const v = validation
    const policy = { registry: v.validationRegistryAddress, chainId: 84532n, validator: v.validatorAddress, agentId: 7n, minScore: 80, subjectHash: subject, jobHash: v.jobHash, tag: v.requiredValidationTag }
    const request = requestHash(policy)
    message = { ...claims, ...v, validatorAgentId: 7n, validationRequestHash: request, validationSubjectHash: subject }
    Object.assign(wire, {
      validation_registry_address: lower(policy.registry),
      validation_request_hash: request,
      validation_chain_id: 84532,
      validator_address: lower(policy.validator),
      validator_agent_id: '0x7',
      min_validation_score: 80,
      validation_subject_hash: subject,
      job_hash: v.jobHash,
      required_validation_tag: v.requiredValidationTag,
    })
  }
  const primaryType = `SolGuaranteeRequestClaims${guarded ? 'V2' : 'V1'}`
  const types = { [primaryType]: parseAbiParameters(guarded ? V2 : V1) }
  const domain = { name: '4mica', version: '1', chainId: 84532 }
  const signature = await payer.signTypedData({ domain, types, primaryType, message })
  return { claims: wire, signature, scheme: 'eip712' }
}

/** Asks unpaid, answers the challenge with `payload`, in either x402 version. */
async function pay(url, payload, init = {}) {
  const unpaid = await fetch(url, init)
  assert.equal(unpaid.status, 402)
  const header = unpaid.headers.get('payment-required')
  const { x402Version, accepts, resource } = header ? decodeHeader(header) : await unpaid.json()
  const [accepted] = accepts
  const { scheme, network } = accepted
  const envelope = x402Version === 2 ? { x402Version, accepted, payload, resource } : { x402Version, scheme, network, payload }
  const name = x402Version === 2 ? 'payment-signature' : 'x-payment'
  return fetch(url, { ...init, headers: { ...init.headers, [name]: encodeHeader(envelope) } })
}

const settlementOf = response => decodeHeader(response.headers.get('payment-response') ?? response.headers.get('x-payment-response'))

describe('generation 2', () => {
  let core, facilitator
  before(async () => {
    core = await startCore()
    core.deposit(payer.address, USDC, 1_000_000n)
    facilitator = await startFacilitator4mica({ coreUrl: core.url })
  })
  after(async () => {
    await facilitator?.stop()
    await core?.stop()
  })
  const locked = () => BigInt(core.balanceOf(payer.address, USDC).locked)

  for (const x402Version of /** @type {const} */ ([1, 2])) {
    for (const guarded of [false, true]) {
      test(`x402 v${x402Version}, claims V${guarded ? 2 : 1}: paid once, certificate verifies, collateral locked`, async t => {
        const seller = await startSeller4mica({ facilitatorUrl: facilitator.url, x402Version, payTo, amount: AMOUNT, ...(guarded && { validation }) })
        t.after(seller.stop)
        const before = locked()
        const payload = await signedGuarantee({ guarded })
        const paid = await pay(`${seller.url}/paid`, payload, { method: 'POST', body: 'question' })
        assert.equal(paid.status, 200)
        assert.equal(await paid.text(), 'question')
        const settlement = settlementOf(paid)
        assert.deepEqual(Object.keys(settlement), ['success', 'transaction', 'network', 'certificate', 'networkId'])
        assert.equal(settlement.network, 'eip155:84532')
        assert.equal(locked() - before, AMOUNT)

        const { public_key } = await (await fetch(`${core.url}/core/public-params`)).json()
        const { claims, signature } = settlement.certificate
        const bls = bls12_381.longSignatures
        const point = bls.hash(Buffer.from(claims.slice(2), 'hex'))
        assert.equal(bls.verify(signature.slice(2), point, Uint8Array.from(public_key)), true)
        const [version, inner] = decodeAbiParameters(parseAbiParameters('uint64,bytes'), claims)
        assert.equal(version, guarded ? 2n : 1n)
        const words = inner.slice(2).match(/.{64}/g).slice(guarded ? 1 : 0)
        assert.equal(`0x${words[2]}`, payload.claims.req_id)
        assert.equal(`0x${words[3].slice(24)}`, lower(payer.address))
        assert.equal(BigInt(`0x${words[5]}`), AMOUNT)

        const again = await pay(`${seller.url}/paid`, payload)
        assert.equal(again.status, 402)
        assert.equal(locked() - before, AMOUNT, 'a replay locks nothing')
      })
    }
  }

  test('v2 refuses another amount than offered; nothing is locked', async t => {
    const seller = await startSeller4mica({ facilitatorUrl: facilitator.url, payTo, amount: AMOUNT })
    t.after(seller.stop)
    const before = locked()
    const refused = await pay(`${seller.url}/paid`, await signedGuarantee({ amount: 1n }))
    assert.equal(decodeHeader(refused.headers.get('payment-required')).error, `claim amount 1 does not match amount ${AMOUNT}`)
    assert.equal(locked(), before)
  })

  const faults = [
    ['drop-after-payment', true],
    ['402-again', true],
    ['500-after-settle', true],
    ['lie-success-false', true],
    ['wrong-payer', true],
    ['redirect-paid', false],
  ]
  for (const [kind, settles] of faults) {
    test(`fault ${kind}: collateral ${settles ? 'is' : 'is not'} locked`, async t => {
      const seller = await startSeller4mica({ facilitatorUrl: facilitator.url, payTo, amount: AMOUNT })
      t.after(seller.stop)
      const before = locked()
      seller.failNext(kind)
      await pay(`${seller.url}/paid`, await signedGuarantee()).catch(() => undefined)
      assert.equal(locked() - before, settles ? AMOUNT : 0n)
      assert.equal(seller.requests.at(-1).fault, kind)
    })
  }

  test('core fault error-after-issue: 500, yet the guarantee exists', async () => {
    const authorization = `Bearer ${core.issueToken(payTo, { scopes: ['guarantee:issue'] })}`
    const body = JSON.stringify(await signedGuarantee())
    const issue = () => fetch(`${core.url}/core/guarantees`, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body })
    core.failNext('error-after-issue')
    assert.equal((await issue()).status, 500)
    assert.match((await (await issue()).json()).error, /another guarantee with req_id \d+ already exists/)
  })

  test('twenty at once: each locks its amount exactly once, copies lose', async () => {
    const before = locked()
    const authorization = `Bearer ${core.issueToken(payTo, { scopes: ['guarantee:issue'] })}`
    const bodies = await Promise.all(Array.from({ length: 10 }, () => signedGuarantee({ amount: 1n })))
    const send = body => fetch(`${core.url}/core/guarantees`, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(body) })
    const statuses = await Promise.all([...bodies, ...bodies].map(async body => (await send(body)).status))
    assert.equal(statuses.filter(status => status === 200).length, 10)
    assert.equal(locked() - before, 10n)
  })

  test('the payer logs in and reads its collateral', async () => {
    const post = async (path, body) => (await fetch(core.url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json()
    const { address } = payer
    const { nonce, siwe } = await post('/auth/nonce', { address })
    const message = `${siwe.domain} wants you to sign in with your Ethereum account:\n${address}\n\n${siwe.statement}\n\nURI: ${siwe.uri}\nVersion: 1\nChain ID: ${siwe.chainId}\nNonce: ${nonce}\nIssued At: ${siwe.issuedAt}\nExpiration Time: ${siwe.expiration}`
    const login = { address, message, signature: await payer.signMessage({ message }) }
    const tokens = await post('/auth/verify', login)
    assert.equal(tokens.expires_in, 900)
    assert.deepEqual(await post('/auth/verify', login), { error: 'nonce not valid' })
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    const balance = await (await fetch(`${core.url}/core/users/${address}/assets/${USDC}`, { headers })).json()
    assert.equal(balance.total, hex(1_000_000n))
    const next = await post('/auth/refresh', { refresh_token: tokens.refresh_token })
    assert.ok(next.access_token)
    assert.deepEqual(await post('/auth/refresh', { refresh_token: tokens.refresh_token }), { error: 'refresh token expired' })
  })
})

describe('generation 4', () => {
  const vectors = new URL('../../../shared/vectors/4mica/gen4-digests.json', import.meta.url)

  test('digests equal the published vectors', { skip: existsSync(vectors) ? false : 'no vectors' }, () => {
    const { domain, plain, validated } = JSON.parse(readFileSync(vectors, 'utf8')).vectors
    for (const { payload, eip712_digest, recipient_commitment } of [plain, validated]) {
      assert.equal(recipientCommitment(payload), recipient_commitment)
      assert.equal(paymentDigest(payload, { chainId: domain.chain_id, clearingHouse: domain.verifying_contract }), eip712_digest)
    }
  })

  test('paid through facilitator and seller; the receipt is signed; the same request gets it again', async t => {
    const core = await startCore({ generation: 'clearing-house' })
    t.after(core.stop)
    core.deposit(payer.address, USDC, 15_000n)
    const facilitator = await startFacilitator4mica({ coreUrl: core.url })
    t.after(facilitator.stop)
    const seller = await startSeller4mica({ facilitatorUrl: facilitator.url, payTo, amount: AMOUNT })
    t.after(seller.stop)

    const params = await (await fetch(`${core.url}/core/public-params`)).json()
    const headers = { authorization: `Bearer ${core.issueToken(payer.address)}` }
    assert.equal((await fetch(`${core.url}/core/cycles/active?asset=${USDC}`)).status, 401)
    const cycle = await (await fetch(`${core.url}/core/cycles/active?asset=${USDC}`, { headers })).json()
    const authorise = async change => {
      const payload = {
        version: 'v1',
        user_address: lower(payer.address),
        recipient_address: payTo,
        cycle_id: cycle.cycle_id,
        req_id: random(),
        amount: hex(AMOUNT),
        asset_address: lower(USDC),
        timestamp: cycle.server_time,
        salt: random(),
        ...change,
      }
      const hash = paymentDigest(payload, { chainId: 84532, clearingHouse: params.clearing_house_address })
      return { payload, signature: await payer.sign({ hash }) }
    }

    const request = await authorise({})
    const first = await pay(`${seller.url}/paid`, request)
    assert.equal(first.status, 200)
    const { certificate } = settlementOf(first)
    assert.deepEqual(settlementOf(await pay(`${seller.url}/paid`, request)).certificate, certificate)
    assert.equal(BigInt(core.balanceOf(payer.address, USDC).locked), AMOUNT, 'locked once')

    const fields = parseAbiParameters('uint256 cycleId,uint256 reqId,address client,address recipient,uint256 amount,address asset,uint64 timestamp')
    const values = decodeAbiParameters(fields, `0x${certificate.receipt.slice(66)}`)
    const message = Object.fromEntries(fields.map(({ name }, i) => [name, values[i]]))
    const domain = { name: '4micaGuaranteeRegistry', version: '1', chainId: 84532, verifyingContract: params.guarantee_registry_address }
    const hash = hashTypedData({ domain, types: { GuaranteeV1: fields }, primaryType: 'GuaranteeV1', message })
    assert.equal(await recoverAddress({ hash, signature: certificate.signature }), params.guarantee_signer)
    assert.equal(message.client, payer.address)
    assert.equal(message.amount, AMOUNT)

    const issuer = { authorization: `Bearer ${core.issueToken(accounts[3].address)}`, 'content-type': 'application/json' }
    const refusalOf = async body => (await (await fetch(`${core.url}/core/guarantees`, { method: 'POST', headers: issuer, body: JSON.stringify(body) })).json()).code
    assert.equal(await refusalOf(await authorise({})), 'INSUFFICIENT_COLLATERAL')
    assert.equal(await refusalOf(await authorise({ amount: '0x1', req_id: request.payload.req_id })), 'DUPLICATE_GUARANTEE')
    assert.equal(await refusalOf(await authorise({ cycle_id: random() })), 'CYCLE_MISMATCH')
    assert.equal(await refusalOf(await authorise({ timestamp: cycle.server_time + 60 })), 'FUTURE_TIMESTAMP')
    assert.equal(await refusalOf(await authorise({ timestamp: cycle.period_start - 1 })), 'STALE_TIMESTAMP')
  })
})
