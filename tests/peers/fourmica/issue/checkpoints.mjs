// Part of the 4Mica stand-in: generation 4's checkpoints. A payer may leave only so many authorizations open; then it
// signs their sum, up to a cutoff. In: issued authorizations, signed checkpoints. Out: batches, refusals. No collateral.
// Source: protocol notes 2.4, digest in gen4-digests.json. No server was ever recorded: that a batch holds only what is
// open since the last checkpoint, the access refusal, and the details of CHECKPOINT_MISMATCH are guesses.
import { getAddress, hashTypedData, parseAbiParameters } from 'viem'
import { lower, recover } from './claims.mjs'
import { field, refusal, refuse, text } from '../json.mjs'

const types = { Checkpoint: parseAbiParameters('address payer,bytes32 cycleId,address asset,uint256 cumulativeGross,uint64 timestampCutoff') }
const hex = value => `0x${value.toString(16)}`

/**
 * @typedef {{ payer: string, cycle_id: `0x${string}`, asset_address: string, cumulative_gross: string, timestamp_cutoff: number }} CheckpointPayload
 * @typedef {{ payload: any, signature: string }} SignedPayment
 * @typedef {{ cycle: any, open: SignedPayment[], gross: bigint, cutoff: number, previous?: { payload: CheckpointPayload, signature: string }, covered: number }} Account
 */

/** @param {CheckpointPayload} payload @param {{ chainId: number, clearingHouse: `0x${string}` }} deployment */
export const checkpointDigest = (payload, { chainId, clearingHouse }) =>
  hashTypedData({
    domain: { name: '4micaClearingHouse', version: '1', chainId, verifyingContract: clearingHouse },
    types,
    primaryType: 'Checkpoint',
    message: {
      payer: lower(payload.payer, 'user'),
      cycleId: payload.cycle_id,
      asset: lower(payload.asset_address, 'asset'),
      cumulativeGross: BigInt(payload.cumulative_gross),
      timestampCutoff: BigInt(payload.timestamp_cutoff),
    },
  })

/** @param {{ chainId: number, clearingHouse: `0x${string}`, maxUncheckpointed: number, now: () => number, activeCycle: (asset: string) => any }} options */
export function checkpointBook({ chainId, clearingHouse, maxUncheckpointed, now, activeCycle }) {
  /** @type {Map<string, Account>} */
  const accounts = new Map()
  const accountOf = (payer, cycle) => {
    const key = `${payer}:${cycle.cycle_id}`
    const account = accounts.get(key) ?? { cycle, open: [], gross: 0n, cutoff: -1, covered: 0 }
    accounts.set(key, account)
    return account
  }
  const named = ({ cycle_id, cycle_id_text, asset_address }, payer) => ({ cycle_id, cycle_id_text, asset_address, payer: getAddress(payer) })

  return {
    /** @param {string} payer lower case @param {any} cycle as the active-cycle answer @param {number} timestamp */
    requireAfterCutoff(payer, cycle, timestamp) {
      const { cutoff, gross } = accountOf(payer, cycle)
      if (timestamp > cutoff) return
      refuse('TIMESTAMP_NOT_PAST_CUTOFF', 'timestamp is not past the last checkpoint', {
        ...named(cycle, payer),
        timestamp,
        timestamp_cutoff: cutoff,
        cumulative_gross: hex(gross),
        server_time: now(),
      })
    },

    /** @param {string} payer @param {any} cycle */
    requireRoom(payer, cycle) {
      const { open } = accountOf(payer, cycle)
      if (open.length < maxUncheckpointed) return
      const counts = { uncheckpointed: open.length, max_uncheckpointed: maxUncheckpointed }
      refuse('CHECKPOINT_REQUIRED', 'payer must checkpoint first', { ...named(cycle, payer), ...counts })
    },

    /** @param {string} payer @param {any} cycle @param {SignedPayment} request */
    record: (payer, cycle, request) => void accountOf(payer, cycle).open.push(request),

    /** GET /core/payers/{payer}/checkpoint-batch. @param {string} address @param {URLSearchParams} query @param {import('../auth.mjs').Principal} principal */
    batch(address, query, principal) {
      const payer = lower(address, 'user')
      if (principal.subject !== payer) throw refusal(401, 'payer checkpoint access denied')
      const asset = query.get('asset')
      if (!asset) throw refusal(400, 'Failed to deserialize query string: missing field `asset`')
      const active = activeCycle(asset)
      const wanted = query.get('cycle_id')?.toLowerCase() ?? active.cycle_id
      const account = accounts.get(`${payer}:${wanted}`)
      if (!account && wanted !== active.cycle_id) throw refusal(404, `Settlement cycle ${wanted}`)
      const { cycle, previous, open } = account ?? { cycle: active, open: [] }
      return { ...named(cycle, payer), ...(previous && { previous }), authorizations: open, max_uncheckpointed: maxUncheckpointed }
    },

    /** POST /core/checkpoints; the same checkpoint again gets the same answer. @param {import('../json.mjs').JsonNode} body @param {import('../auth.mjs').Principal} principal */
    async accept(body, principal) {
      const payload = readCheckpoint(field(body, 'payload'))
      const signature = text(field(body, 'signature'), 'signature')
      const payer = lower(payload.payer, 'user')
      if (principal.subject !== payer) throw refusal(401, 'payer checkpoint access denied')
      const signer = await recover(checkpointDigest(payload, { chainId, clearingHouse }), signature)
      if (signer.toLowerCase() !== payer) throw refusal(400, 'Invalid signature', { code: 'INVALID_SIGNATURE' })

      const account = accounts.get(`${payer}:${payload.cycle_id.toLowerCase()}`)
      if (!account) throw refusal(404, `Settlement cycle ${payload.cycle_id}`)
      if (lower(account.cycle.asset_address, 'asset') !== lower(payload.asset_address, 'asset')) {
        throw refusal(400, 'asset is not the one of the cycle')
      }
      const cutoff = payload.timestamp_cutoff
      const gross = BigInt(payload.cumulative_gross)
      if (cutoff > now()) refuse('FUTURE_TIMESTAMP', 'cutoff is in the future', { timestamp: cutoff, server_time: now() })
      const repeated = account.previous && cutoff === account.cutoff && gross === account.gross
      if (!repeated) {
        const covered = account.open.filter(request => request.payload.timestamp <= cutoff)
        const expected = covered.reduce((sum, request) => sum + BigInt(request.payload.amount), account.gross)
        if (covered.length === 0 || cutoff <= account.cutoff || gross !== expected) {
          refuse('CHECKPOINT_MISMATCH', 'checkpoint does not match the open authorizations', {
            ...named(account.cycle, payer),
            cumulative_gross: hex(gross),
            expected_cumulative_gross: hex(expected),
            timestamp_cutoff: cutoff,
            previous_timestamp_cutoff: account.previous ? account.cutoff : null,
            server_time: now(),
          })
        }
        const open = account.open.filter(request => !covered.includes(request))
        Object.assign(account, { open, gross, cutoff, previous: { payload, signature }, covered: covered.length })
      }
      return { ...named(account.cycle, payer), cumulative_gross: hex(gross), timestamp_cutoff: cutoff, covered: account.covered }
    },
  }
}

function readCheckpoint(node) {
  const path = 'payload'
  for (const name of ['payer', 'cycle_id', 'asset_address', 'cumulative_gross']) text(field(node, name, path), path, node)
  const payload = node.value
  const sound =
    /^0x[0-9a-fA-F]{64}$/.test(payload.cycle_id) &&
    /^(0x[0-9a-fA-F]{1,64}|\d{1,77})$/.test(payload.cumulative_gross) &&
    Number.isSafeInteger(payload.timestamp_cutoff) &&
    payload.timestamp_cutoff >= 0
  if (!sound) throw refusal(422, 'cannot read payload')
  return payload
}
