// The rows of the matrix: farthing and every official client, each made as its own documentation shows. Every one pays
// a URL and says what it got: status, body, and the settlement as the client itself reads it.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { farthing, openAccount } from '../support.mjs'
import { missing, startPython } from './python.mjs'
import { NETWORK, payer } from './world.mjs'

/**
 * @typedef {{ status: number, body: string, settlement: any }} Paid
 * @typedef {{
 *   name: string, scheme: 'exact' | '4mica-credit', generation: string | undefined, versions: number[],
 *   pay(url: string): Promise<Paid>, refusals: { scheme: RegExp, version?: RegExp }, missing?: string | false,
 *   stop?(): Promise<void>
 * }} Payer `refusals`: how it says that a seller speaks no scheme, or no version, of its own
 */

const packages = (folder) => {
  const { resolve } = createRequire(new URL(`../../peers/${folder}package.json`, import.meta.url))
  return (name) => import(pathToFileURL(resolve(name)).href)
}
const current = packages('')
const legacy = packages('legacy/')

const GENERATIONS = ['tab', 'cycle', 'sdk2', 'clearing-house']

/** Those that pay with transfers. @param {{ address: string, privateKey: string }} [account] @returns {Promise<Payer[]>} */
export async function exactPayers({ privateKey: key } = payer) {
  return [ours(key), ...(await Promise.all([fetchV2(key), axiosV2(key), fetchV1(key), axiosV1(key)])), ...pythons(key)]
}

/** Those that pay with guarantees. @param {Awaited<ReturnType<typeof import('./world.mjs').startWorld>>} world @returns {Promise<Payer[]>} */
export const creditPayers = (world) => Promise.all(GENERATIONS.map((generation) => ourCredit(world, generation)))

function ours(key) {
  const wallet = farthing.localWallet(key)
  const policy = { perRequest: '0.10 USD', schemes: ['exact'] }
  return {
    name: 'farthing exact',
    scheme: 'exact',
    versions: [1, 2],
    pay: paidBy((sellers) => farthing.wrapFetch(fetch, { wallet, policy: { ...policy, sellers } })),
    refusals: { scheme: /^policy\/scheme/ },
  }
}

async function ourCredit(world, generation) {
  const { cores } = await world.guarantor(generation)
  const wallet = farthing.localWallet(payer.privateKey)
  const account = await openAccount({ wallet, network: NETWORK, cores })
  const policy = { perRequest: '0.10 USD', schemes: ['4mica-credit'] }
  const made = (sellers) => farthing.wrapFetch(fetch, { wallet, policy: { ...policy, sellers }, cores, account })
  return {
    name: `farthing 4mica-credit, ${generation}`,
    scheme: '4mica-credit',
    generation,
    versions: [1, 2],
    pay: paidBy(made),
    refusals: { scheme: /^policy\/scheme/ },
  }
}

function paidBy(made) {
  return async (url) => {
    const pay = await made([new URL(url).origin])
    const answer = await pay(url)
    const { state, attempt, evidence } = pay.recordOf(answer)
    const { transaction, certificate, problem } = evidence
    const settlement = { success: state === 'settled', payer: attempt.payer, transaction, certificate, problem }
    return { status: answer.status, body: await answer.text(), settlement }
  }
}

async function fetchV2(key) {
  const { decodePaymentResponseHeader, wrapFetchWithPayment, x402Client } = await current('@x402/fetch')
  const pay = wrapFetchWithPayment(fetch, await registered(new x402Client(), '@x402/evm/exact/client', key))
  return {
    name: '@x402/fetch 2.27',
    scheme: 'exact',
    versions: [1, 2],
    pay: async (url) => answered(await pay(url), decodePaymentResponseHeader),
    refusals: { scheme: /No network\/scheme registered for x402 version/ },
  }
}

async function axiosV2(key) {
  const { decodePaymentResponseHeader, wrapAxiosWithPayment, x402Client } = await current('@x402/axios')
  const client = await registered(new x402Client(), '@x402/evm-2.11/exact/client', key)
  return {
    name: '@x402/axios 2.11',
    scheme: 'exact',
    versions: [1, 2],
    pay: await axiosPays(current, (axios) => wrapAxiosWithPayment(axios, client), decodePaymentResponseHeader),
    refusals: { scheme: /No network\/scheme registered for x402 version/ },
  }
}

async function registered(client, schemes, key) {
  const { registerExactEvmScheme } = await current(schemes)
  const { privateKeyToAccount } = await current('viem/accounts')
  return registerExactEvmScheme(client, { signer: privateKeyToAccount(key) })
}

async function fetchV1(key) {
  const { createSigner, decodeXPaymentResponse, wrapFetchWithPayment } = await legacy('x402-fetch')
  const pay = wrapFetchWithPayment(fetch, await createSigner('base-sepolia', key))
  return {
    name: 'x402-fetch 1.2',
    scheme: 'exact',
    versions: [1],
    pay: async (url) => answered(await pay(url), decodeXPaymentResponse),
    refusals: { scheme: /"code": "invalid_enum_value"/, version: /reading 'map'/ },
  }
}

async function axiosV1(key) {
  const { createSigner, decodeXPaymentResponse, withPaymentInterceptor } = await legacy('x402-axios')
  const signer = await createSigner('base-sepolia', key)
  return {
    name: 'x402-axios 0.7',
    scheme: 'exact',
    versions: [1],
    pay: await axiosPays(legacy, (axios) => withPaymentInterceptor(axios, signer), decodeXPaymentResponse),
    refusals: { scheme: /"code": "invalid_enum_value"/, version: /reading 'map'/ },
  }
}

async function axiosPays(folder, wrapped, decode) {
  const { default: axios } = await folder('axios')
  const pay = wrapped(axios.create({ responseType: 'json' }))
  return async (url) => {
    const { status, data, headers } = await pay.get(url)
    return answered(Response.json(data, { status, headers: { ...headers } }), decode)
  }
}

function pythons(key) {
  return ['httpx', 'requests'].map((library) => {
    let process
    return {
      name: `Python x402 2.25, ${library}`,
      scheme: 'exact',
      versions: [1, 2],
      missing,
      pay: (url) => (process ??= startPython(library, key)).pay(url),
      refusals: { scheme: /^NoMatchingRequirementsError|No payment requirements match/ },
      stop: async () => process?.stop(),
    }
  })
}

async function answered(response, decode) {
  const header = response.headers.get('payment-response') ?? response.headers.get('x-payment-response')
  return { status: response.status, body: await response.text(), settlement: header && decode(header) }
}
