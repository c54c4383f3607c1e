// Part of the 4Mica stand-in: generation 1's tabs. In: POST /core/payment-tabs, and the claims made on a tab. Out: tab
// ids, next request ids, running totals. Knows no signature, no collateral. How tabs are paid and closed is not built.
// Source: protocol notes 2.1 and the published request and result types; no server of generation 1 was recorded, so the
// refusals of a claim that does not fit its tab are in our words.
import { randomBytes } from 'node:crypto'
import { field, refusal, text } from '../json.mjs'
import { lower } from './claims.mjs'

const ETH = `0x${'00'.repeat(20)}`
const DAY = 86_400

/** @typedef {{ id: bigint, user: string, recipient: string, asset: string, version: number, expires: number, nextReqId: bigint, used: Set<bigint>, total: bigint }} Tab */

/** @param {{ now: () => number, acceptedVersions: number[] }} options */
export function paymentTabs({ now, acceptedVersions }) {
  /** @type {Map<bigint, Tab>} */
  const tabs = new Map()
  const hex = value => `0x${value.toString(16)}`

  return {
    /**
     * Opens a tab, or finds the one already open between the same two in the same asset: then the next request id is
     * one more. @param {import('../json.mjs').JsonNode} body @param {import('../auth.mjs').Principal} principal
     */
    open(body, principal) {
      const user = text(field(body, 'user_address'), 'user_address')
      const recipient = text(field(body, 'recipient_address'), 'recipient_address')
      const { erc20_token = null, ttl, guarantee_version: version = 1 } = body.value
      if (!principal.scopes.includes('tab:create')) throw refusal(401, 'missing scope')
      if (principal.role !== 'facilitator' && lower(recipient, 'recipient') !== principal.subject) {
        throw refusal(401, 'recipient address does not match token subject and role is not facilitator')
      }
      if (!acceptedVersions.includes(version)) throw refusal(400, `guarantee version ${version} is not accepted by core`)
      const key = { user: lower(user, 'user'), recipient: lower(recipient, 'recipient'), asset: lower(erc20_token ?? ETH, 'asset'), version }
      const fits = tab => Object.entries(key).every(([name, value]) => tab[name] === value) && tab.expires > now()
      let tab = [...tabs.values()].find(fits)
      if (tab) tab.nextReqId += 1n
      else {
        const id = BigInt(`0x${randomBytes(32).toString('hex')}`)
        tab = { id, ...key, expires: now() + (ttl ?? DAY), nextReqId: 0n, used: new Set(), total: 0n }
        tabs.set(id, tab)
      }
      return {
        id: hex(tab.id),
        user_address: user,
        recipient_address: recipient,
        erc20_token,
        asset_address: tab.asset,
        guarantee_version: version,
        next_req_id: hex(tab.nextReqId),
      }
    },

    /**
     * The tab a claim is made on, which must be between the same two, in the same asset, open, with an unused request id.
     * @param {import('./claims.mjs').Claims} claims
     */
    tabOf(claims) {
      const tab = tabs.get(/** @type {bigint} */ (claims.tabId))
      if (!tab) throw refusal(404, `Tab ${hex(claims.tabId)}`)
      const same = tab.user === lower(claims.user, 'user') && tab.recipient === lower(claims.recipient, 'recipient') && tab.asset === lower(claims.asset, 'asset')
      if (!same) throw refusal(400, 'claims do not match the tab')
      if (tab.expires <= now()) throw refusal(400, 'tab is expired')
      if (tab.used.has(claims.reqId)) throw refusal(400, `another guarantee with req_id ${claims.reqId} already exists`)
      return tab
    },

    /** @param {Tab} tab @param {import('./claims.mjs').Claims} claims @returns {bigint} the total with this claim */
    charge(tab, { reqId, amount }) {
      tab.used.add(reqId)
      tab.total += amount
      return tab.total
    },
  }
}
