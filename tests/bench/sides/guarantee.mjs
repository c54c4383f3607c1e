// What a payer of 4Mica guarantees meets, all of it one function: a core, and sellers whose every payment is certified.
import { privateKey } from './offer.mjs'

export const NETWORK = 'eip155:84532'
export const CORE = 'https://core.example.com'
const USDC = '0x036CbD53842c5426634e7929541eC2318f3dCF7e'
const HOUSE = '0x68B1D87F95878fE05B998F19b66F4baba5De1aed'
const REGISTRY = '0x0B306BF915C4d645ff596e518fAf3F9669b97016'
const CYCLE = `0x${'0c'.repeat(32)}`
const DAY_S = 86_400

const pathOf = { 2: '/cycle', 4: '/house' }
export const urlOf = (generation) => `https://api.example.com${pathOf[generation]}`
export const policy = { perRequest: '0.01 USD', budgets: [{ limit: '1000000 USD', every: 'day' }] }
export const cores = [{ network: NETWORK, url: CORE }]
export { privateKey }

const challenge = {
  x402Version: 2,
  error: 'Payment required',
  resource: { url: 'https://api.example.com/', description: 'Weather report', mimeType: 'application/json' },
  accepts: [
    {
      scheme: '4mica-credit',
      network: NETWORK,
      amount: '10000',
      asset: USDC,
      payTo: '0x209693Bc6afc0C5328bA36FaF03C514EF312287C',
      maxTimeoutSeconds: 300,
      extra: {},
    },
  ],
}

/** The 402 for a URL. */
export const challengeHeader = (url) => encode({ ...challenge, resource: { ...challenge.resource, url } })

/**
 * The network. `recorded` is the recorded operator with its key, `published` its public parameters, `libraries` what
 * signs for it; `onPayment` hears of each payment, at the moment its header is there. `spent` is the time that the seller
 * took to certify, in ms.
 */
export function guarantors({ recorded, published, libraries }, generation) {
  const { bls12_381, encodeAbiParameters, parseAbiParameters, privateKeyToAccount } = libraries
  const bls = bls12_381.longSignatures
  const secret = bytes(recorded.operator_bls_secret_key_test_only)
  const operator = privateKeyToAccount(`0x${'33'.repeat(32)}`)
  const words = parseAbiParameters(
    'bytes32 domain, bytes32 cycleId, uint256 reqId, address client, address recipient, uint256 amount, address asset, uint64 timestamp, uint64 version',
  )
  const envelope = parseAbiParameters('uint64, bytes')

  function certificate({ claims: c }) {
    const of = [c.req_id, c.user_address, c.recipient_address, c.amount, c.asset_address, BigInt(c.timestamp), 1n]
    const [reqId, client, recipient, amount, asset, timestamp, version] = of
    const inner = encodeAbiParameters(words, [
      ...[recorded.domains.v1.value, CYCLE, BigInt(reqId), client, recipient],
      ...[BigInt(amount), asset, timestamp, version],
    ])
    const claims = encodeAbiParameters(envelope, [1n, inner])
    const signature = bls.Signature.toBytes(bls.sign(bls.hash(bytes(claims), recorded.bls.dst), secret))
    return { claims, signature: `0x${Buffer.from(signature).toString('hex')}` }
  }

  async function receipt({ payload: p }) {
    const message = {
      ...{
        cycleId: BigInt(p.cycle_id),
        reqId: BigInt(p.req_id),
        client: p.user_address,
        recipient: p.recipient_address,
      },
      ...{ amount: BigInt(p.amount), asset: p.asset_address, timestamp: BigInt(p.timestamp) },
    }
    const domain = { name: '4micaGuaranteeRegistry', version: '1', chainId: 84532, verifyingContract: REGISTRY }
    const signature = await operator.signTypedData({ domain, types: receiptTypes, primaryType: 'GuaranteeV1', message })
    const { encodeAbiParameters: encoded, keccak256, stringToHex } = libraries
    const kind = keccak256(stringToHex(`GuaranteeV1(${RECEIPT.map(({ name, type }) => `${type} ${name}`).join(',')})`))
    const claims =
      kind +
      encoded(
        RECEIPT,
        RECEIPT.map(({ name }) => message[name]),
      ).slice(2)
    return { claims, signature }
  }

  const parameters = generation === 2 ? published : houseParameters(published, operator.address)
  const told = { at: 0, spent: 0 }

  async function network(input, init) {
    const url = input instanceof Request ? input.url : String(input)
    if (url.startsWith(CORE)) return Response.json(coreAnswer(new URL(url), parameters))
    const headers = input instanceof Request ? input.headers : new Headers(init?.headers)
    const payment = headers.get('payment-signature')
    if (!payment) return new Response('{}', { status: 402, headers: { 'payment-required': challengeHeader(url) } })
    told.at = performance.now()
    const { payload } = JSON.parse(atob(payment))
    const certified = generation === 2 ? certificate(payload) : await receipt(payload)
    const settled = encode({ success: true, txHash: null, networkId: NETWORK, certificate: certified })
    told.spent = performance.now() - told.at
    return new Response('{"report":"sunny"}', { headers: { 'payment-response': settled } })
  }
  return { network, told, parameters, cycle: () => cycleAt(USDC) }
}

const RECEIPT = [
  { name: 'cycleId', type: 'uint256' },
  { name: 'reqId', type: 'uint256' },
  { name: 'client', type: 'address' },
  { name: 'recipient', type: 'address' },
  { name: 'amount', type: 'uint256' },
  { name: 'asset', type: 'address' },
  { name: 'timestamp', type: 'uint64' },
]
const receiptTypes = { GuaranteeV1: RECEIPT }

function coreAnswer({ pathname, searchParams }, parameters) {
  switch (pathname) {
    case '/core/public-params':
      return parameters
    case '/core/cycles/active':
      return cycleAt(searchParams.get('asset'))
    case '/auth/nonce':
      return { nonce: crypto.randomUUID(), siwe: template() }
    case '/auth/verify':
      return { access_token: 'a'.repeat(40), refresh_token: 'r'.repeat(40), expires_in: 900 }
    default:
      return { cycle_id: CYCLE, authorizations: [], max_uncheckpointed: 1_000_000 }
  }
}

function cycleAt(asset) {
  const now = seconds()
  const start = now - (now % DAY_S)
  return {
    ...{ cycle_id: CYCLE, cycle_id_text: `${asset.toLowerCase()}:${start}`, asset_address: asset.toLowerCase() },
    ...{ period_start: start, period_end: start + DAY_S, server_time: now, max_uncheckpointed: 1_000_000 },
  }
}

function houseParameters({ contract_address, ethereum_http_rpc_url }, signer) {
  return {
    ...{ guarantee_signer: signer, contract_address, guarantee_registry_address: REGISTRY },
    ...{ clearing_house_address: HOUSE, ethereum_http_rpc_url, eip712_name: '4mica', eip712_version: '1' },
    ...{ chain_id: 84532, supported_payment_payload_versions: ['v1'], validators: [] },
  }
}

function template() {
  const iso = (at) => new Date(at * 1000).toISOString().replace('Z', '000000+00:00')
  const { hostname } = new URL(CORE)
  const [issuedAt, expiration] = [iso(seconds()), iso(seconds() + 300)]
  return { domain: hostname, uri: CORE, chainId: 84532, statement: 'Sign in to 4mica.', expiration, issuedAt }
}

const bytes = (hex) => Uint8Array.from(Buffer.from(hex.replace(/^0x/, ''), 'hex'))
const encode = (value) => btoa(JSON.stringify(value))
const seconds = () => Math.floor(Date.now() / 1000)
