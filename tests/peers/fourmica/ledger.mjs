// Part of the 4Mica stand-in: collateral per (user, asset). In: deposits, locks, releases and withdrawals, whether from a
// test or from the chain's events. Out: core's balance answer. Knows no cycles, no HTTP and no chain.
import { lower } from './issue/claims.mjs'

/**
 * `leaving` is under a withdrawal request: still collateral, but no new guarantee may count on it. Whether the real core
 * refuses it too was never recorded.
 * @typedef {{ total: bigint, locked: bigint, leaving: bigint, version: number, updated: number }} Row
 * @typedef {ReturnType<typeof collateral>} Ledger
 */

/** @param {() => number} now Unix seconds */
export function collateral(now) {
  /** @type {Map<string, Row>} */
  const rows = new Map()
  const users = new Set()
  const key = (user, asset) => `${lower(user, 'user')}:${lower(asset, 'asset')}`
  const hex = value => `0x${value.toString(16)}`
  const rowOf = (user, asset) => rows.get(key(user, asset)) ?? { total: 0n, locked: 0n, leaving: 0n, version: 1, updated: 0 }
  const change = (user, asset, changes) => {
    const row = rowOf(user, asset)
    rows.set(key(user, asset), { ...row, ...changes(row), version: row.version + 1, updated: now() })
  }
  return {
    /** @param {string} user */
    isRegistered: user => users.has(lower(user, 'user')),
    /** False, and nothing locked, when less than `amount` is free. @param {string} user @param {string} asset @param {bigint} amount */
    lock(user, asset, amount) {
      const { total, locked, leaving } = rowOf(user, asset)
      if (!rows.has(key(user, asset)) || total - locked - leaving < amount) return false
      change(user, asset, row => ({ locked: row.locked + amount }))
      return true
    },
    /** @param {string} user @param {string} asset @param {bigint} amount */
    release: (user, asset, amount) => change(user, asset, row => ({ locked: row.locked - amount })),
    /** Registers the user. @param {string} user @param {string} asset @param {bigint} amount */
    deposit(user, asset, amount) {
      users.add(lower(user, 'user'))
      change(user, asset, row => ({ total: row.total + amount }))
    },
    /** A withdrawal request; zero takes it back. @param {string} user @param {string} asset @param {bigint} amount */
    leave: (user, asset, amount) => change(user, asset, () => ({ leaving: amount })),
    /** @param {string} user @param {string} asset @param {bigint} amount */
    withdraw: (user, asset, amount) => change(user, asset, row => ({ total: row.total - amount, leaving: 0n })),
    /** As GET /core/users/{user}/assets/{asset} answers. @param {string} user @param {string} asset */
    balance(user, asset) {
      const row = rows.get(key(user, asset))
      if (!row) return null
      return {
        user_address: lower(user, 'user'),
        asset_address: lower(asset, 'asset'),
        total: hex(row.total),
        locked: hex(row.locked),
        version: row.version,
        updated_at: row.updated,
      }
    },
  }
}
