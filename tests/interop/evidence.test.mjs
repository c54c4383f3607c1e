// What is proven to others: evidence of a purchase, checked from its file alone by a process that has no network, and
// certificates, which a seller holds against the payment it was sent. Cores and sellers are the stand-ins of tests/peers.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { startCore } from '../peers/fourmica/core.mjs'
import { startFacilitator4mica } from '../peers/fourmica/facilitator.mjs'
import { startSeller4mica } from '../peers/fourmica/seller.mjs'
import { decodeHeader, encodeHeader } from '../peers/http.mjs'
import { payer, payTo, PRICE, startPeers } from '../runtime/peers.mjs'
import { buyer, failure, farthing, paymentsIn, project } from './support.mjs'

const entry = join(project, 'proof.mjs')
writeFileSync(entry, `export * from 'farthing/4mica'\n`)
const { evidence, openAccount, verifyCertificate, verifyEvidence } = await import(pathToFileURL(entry).href)

const NETWORK = 'eip155:84532'
const GENERATIONS = ['cycle', 'sdk2', 'clearing-house']

// Another process, with a file and what it knows of cores. Whatever it asks a network for, it does not get.
const stranger = join(project, 'stranger.mjs')
writeFileSync(
  stranger,
  `import { readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { verifyEvidence } from 'farthing/4mica'
globalThis.fetch = () => process.exit(3)
Socket.prototype.connect = () => process.exit(3)
const [file, cores, response] = process.argv.slice(2)
const options = { cores: JSON.parse(cores), response }
process.stdout.write(JSON.stringify(await verifyEvidence(readFileSync(file, 'utf8'), options)))
`,
)

let files = 0
async function asStranger(proof, { cores = [], response = '{"paid":true}' } = {}) {
  const file = join(project, `evidence-${(files += 1)}.json`)
  writeFileSync(file, JSON.stringify(proof))
  const { stdout } = await promisify(execFile)(process.execPath, [stranger, file, JSON.stringify(cores), response])
  return JSON.parse(stdout)
}

/** One payment at a core of this generation; the core is gone afterwards. */
async function bought(t, generation, { x402Version } = {}) {
  const core = await startCore({ generation })
  t.after(() => core.stop())
  const facilitator = await startFacilitator4mica({ coreUrl: core.url })
  t.after(() => facilitator.stop())
  const seller = await startSeller4mica({ facilitatorUrl: facilitator.url, payTo, amount: PRICE, x402Version })
  t.after(() => seller.stop())
  core.deposit(payer.address, seller.asset, 1_000_000n)
  const cores = [{ network: NETWORK, url: core.url }]
  const operator = generation === 'clearing-house' ? { guaranteeSigner: core.guaranteeSigner } : { operatorKey: core.operatorPublicKey }
  const pinned = { ...cores[0], generation, ...operator }
  const wallet = farthing.localWallet(payer.privateKey)
  const account = await openAccount({ wallet, network: NETWORK, cores })
  const store = farthing.memoryStore()
  const pay = await buyer({ payer, cores, sellers: { one: seller.url } }, { store, account })
  const answer = await pay(`${seller.url}/paid`, { hashOutput: true })
  const record = pay.recordOf(answer)
  assert.equal(record.state, 'settled', record.evidence.problem)
  const settlement = answer.headers.get('payment-response') ?? answer.headers.get('x-payment-response')
  const [payment] = paymentsIn(seller.requests)
  return { core, pinned, store, record, payment, settlement, content: await answer.text() }
}

const says = ({ checks }) => checks.map(({ check, ok }) => (ok ? check : `no ${check}`))
const ALL = ['record', 'challenge', 'payment', 'core', 'authorisation', 'payer', 'settlement', 'certificate', 'response']

for (const generation of GENERATIONS) {
  test(`${generation}: evidence is checked from its file alone, by a process without a network`, async (t) => {
    const { core, pinned, store, record, content } = await bought(t, generation)
    const proof = await evidence(record.purchaseId, { store })
    await core.stop()
    const report = await asStranger(proof, { cores: [pinned], response: content })
    assert.deepEqual(says(report), ALL)
    assert.deepEqual([report.sound, report.complete], [true, true])
    assert.deepEqual(
      [report.certificate.generation, report.certificate.payer, report.certificate.recipient, report.certificate.amount],
      [generation, payer.address, payTo, String(PRICE)],
    )
    assert.equal(report.certificate.operator, 'pinned')
    assert.equal(report.certificate.certificate, record.evidence.certificate)
    assert.equal(report.purchase.purchaseId, record.purchaseId)

    const unpinned = await asStranger(proof)
    assert.deepEqual([unpinned.sound, unpinned.certificate.operator], [true, 'published'])
    const own = generation === 'clearing-house' ? { guaranteeSigner: payer.address } : { operatorKey: `0x${'aa'.repeat(48)}` }
    const other = await asStranger(proof, { cores: [{ ...pinned, ...own }] })
    assert.equal(other.sound, false)
    assert.equal(other.checks.find(({ check }) => check === 'core').code, 'guarantee/core-changed')
    assert.equal(other.certificate, undefined)
  })

  test(`${generation}: a seller holds the certificate against the payment it was sent`, async (t) => {
    const { core, pinned, payment, settlement, record } = await bought(t, generation)
    const { certificate } = decodeHeader(settlement)
    const facts = await verifyCertificate({ payment, certificate: settlement, core: pinned })
    assert.deepEqual([facts.payer, facts.recipient, facts.amount], [payer.address, payTo, String(PRICE)])
    assert.deepEqual([facts.operator, facts.reqId], ['pinned', record.attempt.nonce])
    const parameters = await (await fetch(`${pinned.url}/core/public-params`)).text()
    await core.stop()
    await failure(verifyCertificate({ payment, certificate, core: pinned }), 'guarantee/core-unreachable')
    const offline = (more) => verifyCertificate({ payment: decodeHeader(payment), certificate, core: pinned, parameters, ...more })
    assert.deepEqual(await offline({}), facts)

    const foreign = await bought(t, generation)
    await failure(offline({ payment: foreign.payment }), 'certificate/claims')
    await failure(offline({ certificate: foreign.settlement }), 'certificate/claims')
    await failure(offline({ core: foreign.pinned }), 'guarantee/core-changed')
    const stranger = { ...JSON.parse(parameters), ...operatorOf(await parametersOf(foreign.pinned)) }
    const unpinned = { network: NETWORK, url: pinned.url }
    await failure(offline({ core: unpinned, parameters: stranger }), 'certificate/signature-mismatch')
    await failure(offline({ payment: 'e30=' }), 'misuse/options')
    const changed = decodeHeader(payment)
    ;(changed.payload.claims ?? changed.payload.payload).amount = '0x1'
    await failure(offline({ payment: changed }), 'sign/signer')
    await failure(offline({ certificate: encodeHeader({ ...decodeHeader(settlement), success: false }) }), 'settlement/reported-failure')
  })
}

test('an exact payment: who authorised what, and which transaction the seller states', async (t) => {
  const peers = await startPeers()
  t.after(() => peers.stop())
  for (const [name, header] of [
    ['v2', 'PAYMENT-SIGNATURE'],
    ['v1', 'X-PAYMENT'],
  ]) {
    const store = farthing.memoryStore()
    const pay = await buyer(peers.env, { store })
    const answer = await pay(`${peers.sellers[name].url}/paid`, { hashOutput: true })
    const record = pay.recordOf(answer)
    const proof = await evidence(record.purchaseId, { store })
    assert.equal(proof.payment.header, header)
    const report = await asStranger(proof, { response: await answer.text() })
    assert.deepEqual(says(report), ALL.filter((check) => check !== 'core' && check !== 'certificate'))
    assert.deepEqual([report.sound, report.complete, report.transaction], [true, true, record.evidence.transaction])
    assert.deepEqual([report.purchase.kind, report.purchase.payer], ['eip3009', payer.address])
  }
})

test('altered evidence is not sound, and says where', async (t) => {
  const { store, record, pinned } = await bought(t, 'cycle', { x402Version: 1 })
  const proof = await evidence(record.purchaseId, { store })
  const examine = (changes) => verifyEvidence({ ...proof, ...changes }, { cores: [pinned] })
  assert.equal((await examine({})).sound, true)
  const { terms } = proof.record
  const settlement = decodeHeader(proof.settlement)
  const { signature } = settlement.certificate
  const mirrored = `0x${(Number.parseInt(signature.slice(2, 4), 16) ^ 0x20).toString(16)}${signature.slice(4)}`
  const forged = encodeHeader({ ...settlement, certificate: { ...settlement.certificate, signature: mirrored } })
  for (const [what, changes] of [
    ['record', { record: { ...proof.record, terms: { ...terms, amount: '1' } } }],
    ['challenge', { challenge: proof.challenge.replace(String(PRICE), '10001') }],
    ['payment', { payment: { ...proof.payment, value: encodeHeader(decodeHeader(proof.payment.value)).replace(/^.{4}/, 'eyAi') } }],
    ['core', { core: proof.core.replace('"chain_id":84532', '"chain_id":8453') }],
    ['certificate', { settlement: forged }],
  ]) {
    const report = await examine(changes)
    const failed = report.checks.filter(({ ok, absent }) => !ok && !absent).map(({ check }) => check)
    assert.deepEqual([report.sound, failed], [false, [what]])
  }
  await failure(evidence('nobody', { store }), 'misuse/options')
  await failure(verifyEvidence('{}'), 'misuse/options')
})

const parametersOf = async ({ url }) => (await fetch(`${url}/core/public-params`)).json()

const operatorOf = ({ public_key, guarantee_signer }) =>
  guarantee_signer === undefined ? { public_key } : { guarantee_signer }
