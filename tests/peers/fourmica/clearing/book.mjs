// Part of the 4Mica stand-in: what was guaranteed in each cycle, and what everybody owes or is owed at its end.
// In: issued guarantees, the wish to close, settlements seen on chain. Out: netted batches. Asks a Ledger to release
// collateral; the commitment itself is the caller's. No HTTP. Source: recorded cycle.json, notes 2.2 and C1, C4, C5.
import { leafOf, merkleTree } from './merkle.mjs'

/**
 * `locked` is the participant's own collateral under this cycle's netted guarantees. PAID, CLAIMED and DEFAULTED
 * follow the chain's events; the recorded core never got so far (C4).
 * @typedef {{
 *   participant: string, grossOutgoing: bigint, grossIncoming: bigint, netDebit: bigint, netCredit: bigint,
 *   role: 'NET_DEBTOR' | 'NET_CREDITOR' | 'FLAT', status: 'UNPAID' | 'CLAIMABLE' | 'PAID' | 'CLAIMED' | 'DEFAULTED' | 'SETTLED',
 *   locked: bigint, leaf?: `0x${string}`, proof?: `0x${string}`[]
 * }} Position
 * @typedef {{ merkleRoot: `0x${string}`, totalNetDebit: bigint, totalNetCredit: bigint }} Batch
 * @typedef {{ payer: string, recipient: string, amount: bigint, payable: boolean }} Entry addresses in lower case
 * @typedef {import('./periods.mjs').Period & { entries: Entry[], positions?: Map<string, Position>, batch?: Batch }} Cycle
 * @typedef {ReturnType<typeof cycleBook>} Book
 */

/**
 * @param {{
 *   chainId: number, clearingHouse: `0x${string}`, now: () => number, releases: boolean,
 *   ledger: import('../ledger.mjs').Ledger, periods: ReturnType<typeof import('./periods.mjs').periods>
 * }} options
 */
export function cycleBook({ chainId, clearingHouse, now, releases, ledger, periods }) {
  /** @type {Map<string, Cycle>} */
  const cycles = new Map()
  const byId = new Map()
  let closing = Promise.resolve()

  const settle = (cycle, position, status) => {
    position.status = status
    if (releases) ledger.release(position.participant, cycle.asset, position.locked)
  }

  const close = async (asset, commit) => {
    const cycle = [...cycles.values()].find(c => c.asset === asset.toLowerCase() && !c.positions)
    if (!cycle) return undefined
    // The next cycle needs a name of its own, which is a second.
    for (let patience = 30; now() <= cycle.start; patience--) {
      if (patience === 0) throw new Error(`cannot close cycle ${cycle.text}: the clock stands at its first second`)
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    if (periods.current(asset).text === cycle.text) periods.cut(asset)
    const positions = net(cycle.entries)
    const batch = seal({ chainId, clearingHouse }, cycle, positions)
    const commitment = batch && (await commit?.(cycle, batch))
    cycle.positions = positions
    cycle.batch = batch
    for (const position of positions.values()) if (position.role === 'FLAT') settle(cycle, position, 'SETTLED')
    return { cycleText: cycle.text, cycleId: cycle.id, asset, positions: [...positions.values()], ...batch, ...commitment }
  }

  return {
    /** @param {import('./periods.mjs').Period} period @param {Entry} entry */
    record(period, entry) {
      const cycle = cycles.get(period.text) ?? { ...period, entries: [] }
      cycles.set(period.text, cycle)
      byId.set(period.id, cycle)
      cycle.entries.push(entry)
    },
    /** @param {string} text @returns {Cycle | undefined} */
    cycle: text => cycles.get(text),
    /** @param {string} id @returns {Cycle | undefined} */
    cycleById: id => byId.get(id.toLowerCase()),
    /**
     * Closes the asset's oldest open cycle that has guarantees; one that still runs is cut short. Undefined when there
     * is none. A cycle in which everybody is even has no root and is not committed (the real core wedges there, C1).
     * @template T
     * @param {string} asset @param {(cycle: Cycle, batch: Batch) => Promise<T>} [commit]
     * @returns {Promise<({ cycleText: string, cycleId: `0x${string}`, asset: string, positions: Position[] } & Partial<Batch> & Partial<T>) | undefined>}
     */
    close(asset, commit) {
      const closed = closing.then(() => close(asset, commit))
      closing = closed.then(() => undefined, () => undefined)
      return closed
    },
    /** What the chain says a participant did. @param {string} id @param {string} participant @param {'PAID' | 'CLAIMED' | 'DEFAULTED'} status */
    settled(id, participant, status) {
      const cycle = byId.get(id)
      const position = cycle?.positions?.get(participant.toLowerCase())
      if (!position) return
      // A defaulter's collateral stays locked: seizing it is the operator's business, and no contract here does it.
      if (status === 'DEFAULTED') position.status = status
      else settle(cycle, position, status)
    },
  }
}

/** Guarantees that wait for a validation are left out, as recorded (C5). @param {Entry[]} entries @returns {Map<string, Position>} */
function net(entries) {
  const gross = new Map()
  const add = (participant, name, amount) => {
    const sums = gross.get(participant) ?? { grossOutgoing: 0n, grossIncoming: 0n }
    gross.set(participant, { ...sums, [name]: sums[name] + amount })
  }
  for (const { payer, recipient, amount } of entries.filter(({ payable }) => payable)) {
    add(payer, 'grossOutgoing', amount)
    add(recipient, 'grossIncoming', amount)
  }
  const position = ([participant, { grossOutgoing, grossIncoming }]) => {
    const due = grossOutgoing - grossIncoming
    const role = due > 0n ? 'NET_DEBTOR' : due < 0n ? 'NET_CREDITOR' : 'FLAT'
    const status = due > 0n ? 'UNPAID' : due < 0n ? 'CLAIMABLE' : 'SETTLED'
    const nets = { netDebit: due > 0n ? due : 0n, netCredit: due < 0n ? -due : 0n }
    return [participant, { participant, grossOutgoing, grossIncoming, ...nets, role, status, locked: grossOutgoing }]
  }
  return new Map([...gross].map(position))
}

/** Gives every debtor and creditor a leaf and its proof. Undefined when there are none. */
function seal(deployment, cycle, positions) {
  const involved = [...positions.values()].filter(({ role }) => role !== 'FLAT')
  if (involved.length === 0) return undefined
  for (const p of involved) p.leaf = leafOf(deployment, cycle, { ...p, amount: p.netDebit + p.netCredit })
  const tree = merkleTree(involved.map(({ leaf }) => leaf))
  for (const p of involved) p.proof = tree.proofOf(p.leaf)
  const sum = name => involved.reduce((total, p) => total + p[name], 0n)
  return { merkleRoot: tree.root, totalNetDebit: sum('netDebit'), totalNetCredit: sum('netCredit') }
}
