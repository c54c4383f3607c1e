// Part of the 4Mica stand-in: what each gasless route would send. In: a request body. Out: a Plan, which is one contract
// call, what success adds to the answer, and who asks; or a refusal. Reads the chain and asks core, sends nothing.
import { address, receiveAuthorization, uint, withdrawalAuthorization } from './authorization.mjs'
import { GaslessRefusal } from './refusal.mjs'

/**
 * @typedef {{ contract: import('../../contracts/deploy.mjs').Contract, functionName: string, args: readonly unknown[], success: object, key: string }} Plan
 *   `key` is the same for the same wish, so that it is not in flight twice
 */

const ETH = `0x${'00'.repeat(20)}`

/**
 * @param {{
 *   chain: import('../../chain.mjs').Chain, contracts: import('../../contracts/deploy.mjs').Contracts,
 *   askCore: ReturnType<typeof import('../core-client.mjs').coreClient>
 * }} options
 * @returns {Record<string, (body: any) => Promise<Plan>>}
 */
export function gaslessPlans({ chain, contracts: { core4mica, clearingHouse }, askCore }) {
  const requireEip3009 = (method = 'eip3009', asset = chain.token.address) => {
    if (method !== 'eip3009') throw new GaslessRefusal('UNSUPPORTED_TRANSFER_METHOD', `transfer method ${method} is not supported`)
    if (asset.toLowerCase() !== chain.token.address.toLowerCase()) throw new GaslessRefusal('UNSUPPORTED_TRANSFER_METHOD', `asset ${asset} has no ReceiveWithAuthorization`)
  }

  /** Core's word on a participant's part in a cycle. */
  const clearingAction = async (cycleId, participant, action) => {
    if (typeof cycleId !== 'string') throw new GaslessRefusal('INVALID_REQUEST', 'cycleId is missing')
    const path = `/core/cycles/${encodeURIComponent(cycleId)}/participants/${participant}/clearing-action?action=${action}`
    const { status, json, error } = await askCore('GET', path)
    if (status !== 200) throw new GaslessRefusal('ACTION_UNAVAILABLE', `core does not serve this action: ${error}`)
    if (json.action !== action) throw new GaslessRefusal('ACTION_MISMATCH', `core served ${json.action}`)
    return json
  }

  const withdrawals = {
    async request({ authorization }) {
      const auth = await withdrawalAuthorization(chain, core4mica, 'request', authorization)
      const { user, asset } = auth
      return { functionName: 'requestWithdrawalWithAuthorization', args: [auth], success: { user, asset, amount: String(auth.amount) }, key: auth.nonce }
    },
    async cancel({ authorization }) {
      const auth = await withdrawalAuthorization(chain, core4mica, 'cancel', authorization)
      const { user, asset } = auth
      return { functionName: 'cancelWithdrawalWithAuthorization', args: [auth], success: { user, asset }, key: auth.nonce }
    },
    async finalize(body) {
      const [user, asset] = [address(body.user, 'user'), address(body.asset, 'asset')]
      return { functionName: 'finalizeWithdrawalFor', args: [user, asset], success: { user, asset }, key: `${user} ${asset}` }
    },
  }

  return {
    async '/deposit'({ asset, amount, assetTransferMethod, authorization }) {
      address(asset, 'asset')
      const value = uint(amount, 'amount')
      requireEip3009(assetTransferMethod, asset)
      const auth = await receiveAuthorization(chain, authorization, { to: core4mica.address, value })
      const success = { from: auth.from, asset, amount: String(value) }
      return { contract: core4mica, functionName: 'depositStablecoinWithAuthorization', args: [asset, value, auth], success, key: `${auth.from} ${auth.nonce}` }
    },

    async '/withdraw'(body) {
      const plan = withdrawals[body.action]
      if (!plan) throw new GaslessRefusal('INVALID_REQUEST', `action ${body.action} is none of request, cancel, finalize`)
      return { contract: core4mica, ...(await plan(body)) }
    },

    async '/clearing/pay'({ cycleId, assetTransferMethod, authorization }) {
      const debtor = address(authorization?.from, 'authorization.from')
      const { cycle_id, asset_address, amount, proof } = await clearingAction(cycleId, debtor, 'pay_net_debit')
      if (asset_address === ETH) throw new GaslessRefusal('UNSUPPORTED_TRANSFER_METHOD', 'ETH has no ReceiveWithAuthorization')
      requireEip3009(assetTransferMethod, asset_address)
      if (String(authorization.nonce).toLowerCase() !== cycle_id) throw new GaslessRefusal('INVALID_REQUEST', `nonce is not the cycle's id ${cycle_id}`)
      const auth = await receiveAuthorization(chain, authorization, { to: clearingHouse.address, value: BigInt(amount) })
      const args = [cycle_id, BigInt(amount), proof, auth]
      return { contract: clearingHouse, functionName: 'payNetDebitWithAuthorization', args, success: { debtor, cycleId, amount }, key: `${debtor} ${cycle_id}` }
    },

    async '/clearing/claim'({ cycleId, creditor: wanted }) {
      const creditor = address(wanted, 'creditor')
      const { cycle_id, amount, proof } = await clearingAction(cycleId, creditor, 'claim_net_credit')
      const args = [creditor, cycle_id, BigInt(amount), proof]
      return { contract: clearingHouse, functionName: 'claimNetCreditFor', args, success: { creditor, cycleId, amount }, key: `${creditor} ${cycle_id}` }
    },
  }
}
