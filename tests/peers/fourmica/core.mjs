// A STAND-IN for 4Mica's core, because the real one cannot run here (it needs Rust sources under another licence,
// Postgres and contracts). Its rules are real (signatures, collateral, cycles, BLS) and it is replayed against
// recordings of the real core (replay.test.mjs). In: configuration, and deposits made in memory or on a chain with our
// contracts. Out: core's HTTP API in one of four generations, and the means to close a cycle.
import { getAddress } from 'viem'
import { answer, listen, readBody } from '../http.mjs'
import { authority } from './auth.mjs'
import { clearingAnswers } from './clearing/answers.mjs'
import { cycleBook } from './clearing/book.mjs'
import { chainLink } from './clearing/link.mjs'
import { periods as periodsOf } from './clearing/periods.mjs'
import { certifiedIssuer } from './issue/certified.mjs'
import { clearingHouseIssuer } from './issue/clearing-house.mjs'
import { paymentTabs } from './issue/tabs.mjs'
import { parseBody, Refusal, refusal } from './json.mjs'
import { collateral } from './ledger.mjs'

/**
 * @typedef {'tab' | 'cycle' | 'sdk2' | 'clearing-house'} Generation 1 to 4
 * @typedef {'conflict' | 'error-after-issue'} CoreFault `conflict` answers 409 without issuing; `error-after-issue` issues, then 500
 * @typedef {{ symbol: string, address: string, decimals: number }} Token
 */

const TOKENS = [{ symbol: 'USDC', address: '0x036CbD53842c5426634e7929541eC2318f3dCF7e', decimals: 6 }]
/** Anvil account 3, as in the recordings. */
const FACILITATOR = '0x90F79bf6EB2c4f870365E785982E1f101E93b906'
const PUBLIC = new Map([
  ['/core/public-params', 'GET'],
  ['/core/tokens', 'GET'],
  ['/core/health', 'GET'],
  ['/auth/nonce', 'POST'],
  ['/auth/verify', 'POST'],
  ['/auth/refresh', 'POST'],
  ['/auth/logout', 'POST'],
])

/**
 * @param {{
 *   generation?: Generation, chain?: import('../chain.mjs').Chain, contracts?: import('../contracts/deploy.mjs').Contracts,
 *   releases?: boolean, submissionSeconds?: number, finalitySeconds?: number, chainId?: number, eip712Name?: string, eip712Version?: string, tokens?: Token[],
 *   operatorBlsSecret?: string, guaranteeSignerKey?: `0x${string}`, cycleSeconds?: number, now?: () => number,
 *   contractAddress?: `0x${string}`, clearingHouse?: `0x${string}`, guaranteeRegistry?: `0x${string}`,
 *   acceptedVersions?: number[], trustedRegistries?: string[], maxUncheckpointed?: number, rpcUrl?: string,
 *   facilitators?: string[], issuers?: string[], publicUrl?: string, port?: number
 * }} [options] `now` in Unix seconds; keys default to fresh throw-away ones; `publicUrl` is what login messages must name.
 *   With `chain` and `contracts`, collateral comes from the contracts' events alone and cycles are committed there;
 *   debtors then have `submissionSeconds` to pay, and `finalitySeconds` more until they are in default.
 *   `releases: false` never gives locked collateral back after settlement, as the recorded core (C4).
 */
export async function startCore({
  generation = 'cycle',
  chain,
  contracts,
  releases = true,
  submissionSeconds = 7_200,
  finalitySeconds = 7_200,
  chainId = chain?.chainId ?? 84532,
  eip712Name = '4mica',
  eip712Version = '1',
  tokens = TOKENS,
  operatorBlsSecret,
  guaranteeSignerKey,
  cycleSeconds = 86_400,
  now = () => Math.floor(Date.now() / 1000),
  contractAddress = contracts?.core4mica.address ?? '0x9A676e781A523b5d0C0e43731313A708CB607508',
  clearingHouse = contracts?.clearingHouse.address ?? '0x68B1D87F95878fE05B998F19b66F4baba5De1aed',
  guaranteeRegistry = '0xB7f8BC63BbcaD18155201308C8f3540b07f84F5e',
  acceptedVersions = generation === 'sdk2' ? [1] : [1, 2],
  trustedRegistries = ['0x0B306BF915C4d645ff596e518fAf3F9669b97016'],
  maxUncheckpointed = 100,
  rpcUrl = chain?.rpcUrl,
  facilitators = [FACILITATOR],
  issuers = [],
  publicUrl,
  port,
} = {}) {
  let clock = now
  const time = () => clock()
  const ledger = collateral(time)
  const periods = periodsOf({ cycleSeconds, now: time })
  const book = cycleBook({ chainId, clearingHouse, now: time, releases, ledger, periods })
  const tabs = paymentTabs({ now: time, acceptedVersions })
  const shared = { chainId, contractAddress, rpcUrl, now: time, ledger, periods, book }
  const certified = { ...shared, generation, eip712Name, eip712Version, acceptedVersions, operatorBlsSecret, trustedRegistries, tabs }
  const certifying = generation !== 'clearing-house' && certifiedIssuer(/** @type {any} */ (certified))
  const house = generation === 'clearing-house' && clearingHouseIssuer({ ...shared, clearingHouse, guaranteeRegistry, maxUncheckpointed, signerKey: guaranteeSignerKey })
  const issuer = certifying || house
  if (!['tab', 'cycle', 'sdk2', 'clearing-house'].includes(generation)) throw new TypeError(`cannot start core: unknown generation ${generation}`)
  if (Boolean(chain) !== Boolean(contracts)) throw new TypeError('cannot start core: chain and contracts come together')
  const link = chain && contracts && chainLink({ chain, contracts, ledger, book, submissionSeconds, finalitySeconds })
  const clearing = clearingAnswers({ book, clearingHouse, generation })
  const auth = authority({ chainId, url: () => publicUrl ?? server.url, now: time, facilitators, issuers })
  /** @type {import('../http.mjs').LoggedRequest[]} */
  const requests = []
  /** @type {CoreFault[]} */
  const faults = []

  const route = async (request, path, query) => {
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const open = PUBLIC.get(path)
    if (open && open !== method) throw new Refusal(405, undefined)
    if (path in auth.routes) return auth.routes[path](parseBody(request, await readBody(request)))
    if (path === '/core/public-params') return issuer.publicParams()
    if (path === '/core/tokens') return { chain_id: chainId, tokens: tokens.map(t => ({ ...t, address: getAddress(t.address) })) }
    if (path === '/core/health') return { status: 'ok', db: 'ok', chain_rpc: 'ok' }

    const principal = auth.authenticate(request.headers.authorization)
    await link?.sync()
    const balance = /^\/core\/users\/([^/]+)\/assets\/([^/]+)$/.exec(path)
    if (method === 'GET' && balance) return ledger.balance(balance[1], balance[2])
    if (method === 'GET' && house && path === '/core/cycles/active') {
      const asset = query.get('asset')
      if (!asset) throw new Refusal(400, 'Failed to deserialize query string: missing field `asset`')
      return house.activeCycle(asset)
    }
    const batch = /^\/core\/payers\/([^/]+)\/checkpoint-batch$/.exec(path)
    if (method === 'GET' && house && batch) return house.checkpoints.batch(batch[1], query, principal)
    if (method === 'POST' && house && path === '/core/checkpoints') {
      return house.checkpoints.accept(parseBody(request, await readBody(request)), principal)
    }
    if (method === 'POST' && generation === 'tab' && path === '/core/payment-tabs') {
      return tabs.open(parseBody(request, await readBody(request)), principal)
    }
    const cleared = method === 'GET' && generation !== 'tab' && clearing(path, query, principal)
    if (cleared) return cleared
    if (path === '/core/guarantees') {
      if (method !== 'POST') throw new Refusal(405, undefined)
      const body = parseBody(request, await readBody(request))
      const fault = faults.shift()
      if (fault === 'conflict') throw refusal(409, 'request failed, please retry')
      const issued = await issuer.issue(body, principal)
      if (fault === 'error-after-issue') throw refusal(500, 'internal server error')
      return issued
    }
    throw new Refusal(404, undefined)
  }

  const server = await listen(async (request, response) => {
    const { pathname, searchParams } = new URL(/** @type {string} */ (request.url), 'http://core')
    const entry = { method: request.method ?? '', path: request.url ?? '', headers: /** @type {any} */ ({ ...request.headers }), status: 0 }
    requests.push(entry)
    const headers = { 'access-control-allow-origin': '*', vary: 'origin, access-control-request-method, access-control-request-headers' }
    const reply = (status, body, more = {}) => {
      entry.status = status
      answer(response, status, body, { ...headers, ...more })
    }
    if (request.method === 'OPTIONS') {
      const allow = pathname === '/core/guarantees' || PUBLIC.get(pathname) === 'POST' ? 'POST' : 'GET,HEAD'
      return reply(200, undefined, { 'access-control-allow-methods': '*', 'access-control-allow-headers': '*', allow })
    }
    try {
      reply(200, (await route(request, pathname, searchParams)) ?? null)
    } catch (error) {
      if (error instanceof Refusal) return reply(error.status, error.body)
      console.error(error)
      reply(500, { error: 'internal server error' })
    }
  }, { port })

  return {
    url: server.url,
    generation,
    chainId,
    contractAddress,
    clearingHouse,
    /** Gen-1 to 3: the 48-byte BLS key certificates verify under. */
    operatorPublicKey: certifying ? certifying.operatorPublicKey : undefined,
    /** Gen-4: the address that signs receipts. */
    guaranteeSigner: house ? house.guaranteeSigner : undefined,
    requests,
    /** Registers `user` and adds collateral, as an on-chain deposit would. Not on a chain. @param {string} user @param {string} asset @param {bigint} amount */
    deposit(user, asset, amount) {
      if (link) throw new TypeError('cannot deposit in memory: this core reads a chain')
      ledger.deposit(user, asset, amount)
    },
    /** Reads what happened on the chain, as every request does before it is answered. */
    sync: async () => void (await link?.sync()),
    /**
     * Nets and closes the asset's oldest open cycle that has guarantees, and commits it when there is a chain.
     * Undefined when there is none. @param {string} asset
     */
    closeCycle: asset => book.close(asset, link && link.commit),
    /** Gen-4: issuing for `user` is refused while suspended. @param {string} user @param {boolean} [yes] */
    suspend(user, yes = true) {
      if (!house) throw new TypeError(`cannot suspend: generation ${generation} has no suspension`)
      house.suspend(user, yes)
    },
    /** As of the last request or `sync`. @param {string} user @param {string} asset */
    balanceOf: (user, asset) => ledger.balance(user, asset),
    /** A bearer token without the login. @param {string} address @param {Partial<import('./auth.mjs').Principal>} [rights] */
    issueToken: (address, rights) => auth.issueToken(address, rights),
    /** @param {number | (() => number)} time Unix seconds */
    setNow: time => void (clock = typeof time === 'function' ? time : () => time),
    /** Breaks the next POST /core/guarantees. @param {CoreFault} kind */
    failNext(kind) {
      if (kind !== 'conflict' && kind !== 'error-after-issue') throw new TypeError(`cannot fail next request: unknown kind ${kind}`)
      faults.push(kind)
    },
    stop: server.stop,
  }
}

/** @typedef {Awaited<ReturnType<typeof startCore>>} Core */
