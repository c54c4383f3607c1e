// Part of the 4Mica stand-in: POST /deposit, /withdraw, /clearing/pay, /clearing/claim and a /verify of each. In: a path
// and a body. Out: the answer, HTTP 200 whatever happens; on the way account 0 has paid for the transaction.
// Source: facts of generation 3 and 4's facilitator; no exchange was ever recorded.
import { BaseError, ContractFunctionRevertedError } from 'viem'
import { send } from '../../contracts/deploy.mjs'
import { gaslessPlans } from './plans.mjs'
import { GaslessRefusal, gaslessFaults } from './refusal.mjs'

const PATH = /^(\/deposit|\/withdraw|\/clearing\/pay|\/clearing\/claim)(\/verify)?$/

/** @param {string} path */
export const isGasless = path => PATH.test(path)

/**
 * @param {{
 *   network: string, askCore: ReturnType<typeof import('../core-client.mjs').coreClient>,
 *   chain?: import('../../chain.mjs').Chain, contracts?: import('../../contracts/deploy.mjs').Contracts
 * }} options without a chain every route says that it has no relayer
 */
export function gaslessRoutes({ network, askCore, chain, contracts }) {
  const plans = chain && contracts && gaslessPlans({ chain, contracts, askCore })
  const inFlight = new Set()
  /** @type {import('./refusal.mjs').GaslessFault[]} */
  const faults = []

  const planOf = async (route, body) => {
    if (!plans) throw new GaslessRefusal('NO_RELAYER_CONFIGURED', 'this facilitator pays for no transaction')
    if (body === null || typeof body !== 'object') throw new GaslessRefusal('INVALID_REQUEST', 'body is no object')
    if (body.network !== undefined && body.network !== network) throw new GaslessRefusal('NO_RELAYER', `no relayer for network ${body.network}`)
    return plans[route](body)
  }
  const simulate = ({ contract: { address, abi }, functionName, args }) =>
    chain?.publicClient.simulateContract({ account: chain.accounts[0].address, address, abi, functionName, args })

  const relay = async (route, body) => {
    const fault = faults.shift()
    if (fault && fault !== 'RECEIPT_UNAVAILABLE') throw new GaslessRefusal(fault, `told to fail with ${fault}`)
    const plan = await planOf(route, body)
    const key = `${route} ${plan.key}`
    if (inFlight.has(key)) throw new GaslessRefusal('DUPLICATE_IN_FLIGHT', 'this wish is being sent')
    inFlight.add(key)
    try {
      const { transactionHash } = await send(chain, 0, plan.contract, plan.functionName, plan.args)
      if (fault) throw new GaslessRefusal(fault, `transaction ${transactionHash} was sent, its receipt cannot be read`)
      return { success: true, txHash: transactionHash, network, ...plan.success }
    } finally {
      inFlight.delete(key)
    }
  }

  return {
    /** @param {string} path @param {any} body @returns {Promise<object>} */
    async answer(path, body) {
      const [, route, verify] = /** @type {RegExpExecArray} */ (PATH.exec(path))
      try {
        if (!verify) return await relay(route, body)
        await simulate(await planOf(route, body))
        return { isValid: true }
      } catch (error) {
        const refusal = error instanceof GaslessRefusal ? error : chainRefusal(error)
        return verify ? refusal.invalid() : refusal.failed()
      }
    },
    /** The relayer's part of GET /health. */
    async relayers() {
      if (!chain) return []
      const { address } = chain.accounts[0]
      const balance = await chain.publicClient.getBalance({ address })
      return [{ network, address, balanceWei: String(balance), belowFloor: balance === 0n }]
    },
    /** Breaks the next relayed request, not a /verify. @param {import('./refusal.mjs').GaslessFault} code */
    failNext(code) {
      if (!gaslessFaults.has(code)) throw new TypeError(`cannot fail next request: unknown code ${code}`)
      faults.push(code)
    },
  }
}

function chainRefusal(error) {
  const revert = error instanceof BaseError && error.walk(cause => cause instanceof ContractFunctionRevertedError)
  if (!(revert instanceof ContractFunctionRevertedError)) return new GaslessRefusal('CHAIN_ERROR', `chain error: ${error.message}`)
  return new GaslessRefusal('SIMULATION_REVERTED', `would revert: ${revert.data?.errorName ?? revert.reason ?? 'without a reason'}`)
}
