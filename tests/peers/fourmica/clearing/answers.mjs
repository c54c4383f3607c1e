// Part of the 4Mica stand-in: GET /core/cycles/{id}/participants/{address}/clearing-proof and …/clearing-action.
// In: path, query and who asks. Out: answers and refusals with the recorded words (cycle.json, default-flow.json).
// Never recorded, hence ours: the refusal of a stranger's proof, of an even participant, and that later generations
// take the on-chain id too; a facilitator may ask for others, since it relays their transactions.
import { getAddress } from 'viem'
import { lower } from '../issue/claims.mjs'
import { Refusal, refusal } from '../json.mjs'

const actions = {
  pay_net_debit: { function_name: 'payNetDebit', role: 'NET_DEBTOR', roleName: 'NetDebtor' },
  claim_net_credit: { function_name: 'claimNetCredit', role: 'NET_CREDITOR', roleName: 'NetCreditor' },
  mark_defaulted: { function_name: 'markDefaulted', role: 'NET_DEBTOR', roleName: 'NetDebtor' },
}
const PATH = /^\/core\/cycles\/([^/]+)\/participants\/([^/]+)\/clearing-(proof|action)$/
const ETH = `0x${'00'.repeat(20)}`

/**
 * @param {{ book: import('./book.mjs').Book, clearingHouse: `0x${string}`, generation: string }} options
 * @returns {(path: string, query: URLSearchParams, principal: import('../auth.mjs').Principal) => object | undefined}
 *   undefined when the path is another
 */
export function clearingAnswers({ book, clearingHouse, generation }) {
  const offered = Object.keys(actions).filter(name => generation !== 'clearing-house' || name !== 'mark_defaulted')

  return (path, query, principal) => {
    const match = PATH.exec(path.replaceAll(/%3a/gi, ':'))
    if (!match) return undefined
    const [, name, address, what] = match
    const action = what === 'action' ? readAction(query, offered) : undefined
    const participant = lower(address, 'user')
    if (action !== 'mark_defaulted' && principal.role !== 'facilitator' && principal.subject !== participant) {
      throw refusal(401, `participant clearing ${what} access denied`)
    }
    const cycle = book.cycle(name) ?? (generation === 'cycle' ? undefined : book.cycleById(name))
    if (!cycle) throw refusal(404, `Settlement cycle ${name}`)
    if (!cycle.batch) throw refusal(400, `settlement cycle ${name} has no clearing batch`)
    const position = cycle.positions?.get(participant)
    if (!position) throw refusal(404, `Clearing participant ${getAddress(participant)} in settlement cycle ${name}`)
    const common = {
      cycle_id: cycle.id,
      cycle_id_text: cycle.text,
      asset_address: getAddress(cycle.asset),
      participant: getAddress(participant),
    }
    const amount = String(position.netDebit + position.netCredit)
    if (!action) {
      if (!position.leaf) throw refusal(400, 'clearing proof requires participant role NetDebtor or NetCreditor')
      return {
        ...common,
        role: position.role,
        amount,
        net_debit: String(position.netDebit),
        net_credit: String(position.netCredit),
        leaf: position.leaf,
        merkle_root: cycle.batch.merkleRoot,
        proof: position.proof,
      }
    }
    const { function_name, role, roleName } = actions[action]
    if (position.role !== role) throw refusal(400, `${function_name} requires participant role ${roleName}`)
    const debtor = action === 'mark_defaulted' ? getAddress(participant) : null
    return {
      contract_address: getAddress(clearingHouse),
      function_name,
      action,
      ...common,
      ...(generation !== 'clearing-house' && { debtor }),
      amount,
      payable_value: action === 'pay_net_debit' && cycle.asset === ETH ? amount : '0',
      proof: position.proof,
    }
  }
}

function readAction(query, offered) {
  const action = query.get('action')
  const refuse = message => new Refusal(400, `Failed to deserialize query string: ${message}`)
  if (action === null) throw refuse('missing field `action`')
  if (offered.includes(action)) return action
  const names = offered.map(name => `\`${name}\``)
  const expected = names.length > 2 ? `one of ${names.join(', ')}` : names.join(' or ')
  throw refuse(`action: unknown variant \`${action}\`, expected ${expected}`)
}
