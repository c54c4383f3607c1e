// A STAND-IN for 4Mica's x402 facilitator, in front of the stand-in core (core.mjs says why). `/verify` looks at
// structure only and `/settle` answers 200 for failures, with `error`: as recorded (facilitator.json, replayed in
// replay.test.mjs). In: core's URL. Out: /, /supported, /health, /verify, /settle; no CORS, like the real one. Generation 1
// adds /tabs, 3 and 4 the gasless routes. How those check a validation, and answer /tabs, was never recorded.
import { STATUS_CODES } from 'node:http'
import { getAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { answer, listen, readBody } from '../http.mjs'
import { coreClient } from './core-client.mjs'
import { gaslessRoutes, isGasless } from './gasless/routes.mjs'
import { readClaims } from './issue/claims.mjs'
import { field, mismatch, parseBody, Refusal, text } from './json.mjs'

const SCHEME = '4mica-credit'
/** Anvil account 3, to which the stand-in core gives role facilitator. */
const KEY = '0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6'
const GET_ROUTES = ['/', '/supported', '/health']
const POST_ROUTES = ['/verify', '/settle']

/** A structural objection: HTTP 200 with `invalidReason` or `error`. */
class Objection extends Error {}

/**
 * @param {{
 *   coreUrl: string, key?: `0x${string}`, port?: number, tabs?: boolean,
 *   chain?: import('../chain.mjs').Chain, contracts?: import('../contracts/deploy.mjs').Contracts
 * }} options `tabs` for a core of generation 1, which core's parameters do not give away; `chain` and `contracts` let
 *   account 0 pay for gasless routes, where the generation has them
 */
export async function startFacilitator4mica({ coreUrl, key = KEY, port, tabs = false, chain, contracts }) {
  const params = await (await fetch(`${coreUrl}/core/public-params`)).json()
  const network = `eip155:${params.chain_id}`
  const versions = params.accepted_guarantee_versions ?? [1, 2]
  const generation = tabs ? 'tab' : params.guarantee_domains ? 'sdk2' : params.clearing_house_address ? 'clearing-house' : 'cycle'
  const askCore = coreClient(coreUrl, privateKeyToAccount(key))
  const gasless = ['sdk2', 'clearing-house'].includes(generation) ? gaslessRoutes({ network, askCore, chain, contracts }) : undefined
  const kinds = versions.map(x402Version => ({ scheme: SCHEME, network, x402Version }))
  const issue = issuer(askCore)
  /** @type {{ path: string, body: any, status: number, answer: any }[]} */
  const requests = []

  const home = {
    '/': {
      message:
        'Welcome to the 4mica credit facilitator. Use /supported to discover payment schemes, /verify to validate X-PAYMENT headers, and /settle to mint certificates or forward debit settlements.',
      supported: kinds,
      health: '/health',
      docs: 'See README.md for a full flow walkthrough.',
    },
    '/supported': { kinds, extensions: [], signers: {} },
    '/health': { status: 'ok' },
  }

  const verify = async payment => {
    try {
      check(payment, network, versions)
      return { isValid: true, invalidReason: null }
    } catch (error) {
      if (error instanceof Objection) return { isValid: false, invalidReason: error.message }
      throw error
    }
  }
  const settle = async payment => {
    try {
      check(payment, network, versions)
      const certificate = await issue(payment.payload)
      return { success: true, error: null, txHash: null, networkId: network, certificate }
    } catch (error) {
      if (error instanceof Objection) return { success: false, error: error.message, txHash: null, networkId: network }
      throw error
    }
  }

  const server = await listen(async (request, response) => {
    const path = request.url ?? ''
    const posts = POST_ROUTES.includes(path) || (tabs && path === '/tabs') || (gasless && isGasless(path))
    const allow = GET_ROUTES.includes(path) ? 'GET,HEAD' : posts ? 'POST' : undefined
    if (!allow) return answer(response, 404, undefined)
    if (!allow.includes(request.method ?? '')) return answer(response, 405, undefined, { allow })
    if (path === '/health' && gasless) return answer(response, 200, { status: 'ok', relayers: await gasless.relayers() })
    if (path in home) return answer(response, 200, home[path])
    const entry = { path, body: undefined, status: 0, answer: undefined }
    requests.push(entry)
    try {
      const body = parseBody(request, await readBody(request))
      entry.body = body.value
      if (gasless && isGasless(path)) entry.answer = await gasless.answer(path, body.value)
      else if (path === '/tabs') entry.answer = await openTab(askCore, network, body.value)
      else entry.answer = await (path === '/verify' ? verify : settle)(readPayment(body, generation))
      entry.status = 200
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      entry.status = error.status
      entry.answer = error.body
    }
    answer(response, entry.status, entry.answer)
  }, { port })

  return {
    url: server.url,
    network,
    requests,
    /** Breaks the next gasless request. @param {import('./gasless/refusal.mjs').GaslessFault} code */
    failNext(code) {
      if (!gasless) throw new TypeError(`cannot fail next request: generation ${generation} has no gasless routes`)
      gasless.failNext(code)
    },
    stop: server.stop,
  }
}

/** @param {import('./json.mjs').JsonNode} body @param {string} generation */
function readPayment(body, generation) {
  const node = field(body, 'paymentPayload')
  const envelope = node.value
  const requirements = field(body, 'paymentRequirements').value
  try {
    const payload = field(node, 'payload')
    const signed = payload.fields?.get('payload') ? readAuthorization(payload) : readSignedClaims(payload, generation)
    const { scheme, network } = envelope.x402Version === 1 ? envelope : envelope.accepted
    if (![1, 2].includes(envelope.x402Version) || typeof scheme !== 'string' || typeof network !== 'string') throw new TypeError()
    return { x402Version: body.value.x402Version, version: envelope.x402Version, scheme, network, requirements, generation, payload: payload.value, ...signed }
  } catch {
    throw mismatch('paymentPayload', 'data did not match any variant of untagged enum X402PaymentPayload', node)
  }
}

function readSignedClaims(payload, generation) {
  const claims = readClaims(field(payload, 'claims'), generation)
  text(field(payload, 'scheme'), '')
  return { claims, signature: text(field(payload, 'signature'), '') }
}

/** Generation 4: no claims version, no policy; the fields that requirements can be held against. */
function readAuthorization(payload) {
  const { recipient_address: recipient, asset_address: asset, amount, validation } = payload.value.payload
  return { claims: { recipient, asset, amount: BigInt(amount), policy: undefined, validation }, signature: text(field(payload, 'signature'), '') }
}

function check(payment, network, versions) {
  const { requirements, claims, version } = payment
  const object = message => {
    throw new Objection(message)
  }
  if (!versions.includes(version)) object(`unsupported x402Version ${version}`)
  if (payment.x402Version !== undefined && payment.x402Version !== version) object('x402Version does not match paymentPayload')
  for (const side of [payment, requirements]) {
    if (side.scheme !== SCHEME) object(`unsupported scheme ${side.scheme}`)
    if (side.network !== network) object(`unsupported network ${side.network}`)
  }
  const name = version === 1 ? 'maxAmountRequired' : 'amount'
  if (!requirements[name]) object(`${name} cannot be empty`)
  const amount = decimal(requirements[name])
  if (!payment.signature) object('signature cannot be empty')
  if (!same(claims.recipient, requirements.payTo)) object(`claim recipient ${claims.recipient} does not match payTo ${requirements.payTo}`)
  if (!same(claims.asset, requirements.asset)) object(`claim asset ${claims.asset} does not match asset ${requirements.asset}`)
  if (claims.amount !== amount) object(`claim amount ${claims.amount} does not match ${name} ${amount}`)
  if (amount === 0n) object('claim amount is zero')
  if (claims.policy) checkPolicy(claims.policy, requirements.extra ?? {}, object)
  const wanted = requirements.extra?.validation
  if (payment.generation !== 'cycle' && wanted && !sameValidation(claims.validation, wanted)) object('claim validation does not match requirement')
}

const sameValidation = (signed, wanted) =>
  signed !== undefined &&
  signed.validator === wanted.validator &&
  same(signed.subject, wanted.subject) &&
  BigInt(signed.deadline ?? 0) === BigInt(wanted.deadline ?? 0) &&
  same(signed.params ?? '0x', wanted.params ?? '0x')

function checkPolicy(policy, extra, object) {
  const wanted = name => extra[name] ?? extra[name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)]
  const compare = (name, what, shown, equal) => {
    const value = wanted(name)
    if (value !== undefined && !equal(value)) object(what(shown, value))
  }
  const plain = label => (a, b) => `${label} ${a} does not match requirement ${b}`
  const quoted = label => (a, b) => `${label} '${a}' does not match requirement '${b}'`
  compare('validationRegistryAddress', plain('validation registry'), getAddress(policy.registry), v => same(v, policy.registry))
  compare('validatorAddress', plain('validator address'), getAddress(policy.validator), v => same(v, policy.validator))
  compare('validatorAgentId', plain('validator agent id'), policy.agentId, v => BigInt(v) === policy.agentId)
  compare('minValidationScore', plain('min validation score'), policy.minScore, v => Number(v) === policy.minScore)
  compare('jobHash', quoted('job hash'), policy.jobHash, v => same(v, policy.jobHash))
  compare('requiredValidationTag', quoted('required validation tag'), policy.tag, v => v === policy.tag)
}

const same = (a, b) => String(a).toLowerCase() === String(b).toLowerCase()

function decimal(value) {
  if (/^0x[0-9a-fA-F]{1,64}$/.test(value)) return BigInt(value)
  const stranger = /[^0-9]/.exec(String(value))
  if (stranger) throw new Objection(`invalid decimal amount: invalid digit: ${stranger[0]}`)
  return BigInt(value)
}

/** Asks core for a guarantee, in the words the recorded facilitator has for its failures. */
function issuer(askCore) {
  const prefixed = hex => (hex.startsWith('0x') ? hex : `0x${hex}`)
  return async payload => {
    let result
    try {
      result = await askCore('POST', '/core/guarantees', payload)
    } catch (error) {
      throw new Objection(`core guarantee request failed: ${error.message}`)
    }
    if (result.status !== 200) {
      throw new Objection(`core guarantee request failed (${result.status} ${STATUS_CODES[result.status]}): ${result.error}`)
    }
    return Object.fromEntries(Object.entries(result.json).map(([name, hex]) => [name, prefixed(hex)]))
  }
}

/** Generation 1: a tab between payer and seller, opened at core by the facilitator. */
async function openTab(askCore, network, body) {
  if (body?.network !== undefined && body.network !== network) throw new Refusal(400, { error: `unsupported network ${body.network}` })
  const { status, json, error } = await askCore('POST', '/core/payment-tabs', {
    user_address: body?.userAddress,
    recipient_address: body?.recipientAddress,
    erc20_token: body?.erc20Token ?? null,
    ttl: body?.ttlSeconds,
    guarantee_version: body?.guaranteeVersion,
  })
  if (status !== 200) throw new Refusal(status, { error })
  return {
    tabId: json.id,
    userAddress: json.user_address,
    recipientAddress: json.recipient_address,
    assetAddress: json.asset_address,
    nextReqId: json.next_req_id,
  }
}
