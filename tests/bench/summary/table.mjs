// Every row of the benchmarks in one table: who leads, by how much, and why not where we do not. Verdicts are computed;
// the reasons stand beside the rows (rows.mjs).
import { table, times } from '../tables.mjs'
import { rows } from './rows.mjs'

/** What each row found, of the parts that were measured. Throws where a row has no figure. */
export const judged = (measured) =>
  rows.filter(({ part }) => Object.hasOwn(measured, part)).map((row) => judge(row, measured[row.part]))

/** The section that begins the page. */
export function summarySection(found) {
  const leading = found.filter(({ isBehind }) => isBehind === false).length
  const compared = found.filter(({ isBehind }) => isBehind !== undefined).length
  const targets = found.filter(({ isMissed }) => isMissed !== undefined)
  const met = targets.filter(({ isMissed }) => !isMissed).length
  const head = ['', 'farthing', 'best peer', 'ratio', 'target', 'verdict']
  return `## At a glance

A peer is a package that pays, or sells, by itself: @x402/fetch and @x402/hono with @x402/evm and viem, and x402-fetch,
which knows only version 1 of the protocol; what is written by hand around a signer has no policy, budget or record, and
stands in the tables below. For a single step the peer is the library that does it. The ratio is to the best peer,
that of a target to the peer it names. farthing leads in ${leading} of ${compared} rows that have a peer, and meets ${met} of
${targets.length} targets.

${table(head, found.map(cellsOf))}

${reasons(found)}`
}

function judge({ what, unit, take, target, why }, measured) {
  const all = take(measured)
  const ours = all.find(({ name }) => name.startsWith('farthing'))
  const peers = all.filter((one) => one !== ours)
  for (const one of [ours, ...peers])
    if (!Number.isFinite(one?.value))
      throw new Error(`cannot judge "${what}": ${one?.name ?? 'farthing'} has no figure`)
  const best = peers.toSorted((one, other) => one.value - other.value)[0]
  const found = { what, unit, ours, best, why }
  if (best) Object.assign(found, { ratio: ours.value / best.value, isBehind: ours.value > best.value })
  if (target?.ratio !== undefined) {
    const of = peers.find(({ name }) => name.startsWith(target.of))
    if (!of) throw new Error(`cannot judge "${what}": ${target.of} was not measured`)
    const reached = ours.value / of.value
    const text = `${times(target.ratio)} of ${target.of}`
    Object.assign(found, { target: text, reached: times(reached), isMissed: reached > target.ratio })
  } else if (target) {
    const text = `${unit.write(target.atMost)} ${unit.name}`.trim()
    const reached = `${unit.write(ours.value)} ${unit.name}`.trim()
    Object.assign(found, { target: text, reached, isMissed: ours.value > target.atMost })
  }
  return found
}

function cellsOf({ what, unit, ours, best, ratio, isBehind, target, isMissed }) {
  const standing = isBehind === undefined ? [] : [isBehind ? `behind by ${times(ratio - 1)}` : 'leads']
  const aim = isMissed === undefined ? [] : [isMissed ? 'target missed' : 'target met']
  return [
    unit.name ? `${what}, ${unit.name}` : what,
    unit.write(ours.value),
    best ? `${unit.write(best.value)} (${best.name})` : '',
    best ? times(ratio) : '',
    target ?? '',
    [...standing, ...aim].join(', '),
  ]
}

function reasons(found) {
  const lacking = found.filter(({ isBehind, isMissed }) => isBehind || isMissed)
  if (lacking.length === 0) return ''
  // One reason often stands behind several rows.
  const byReason = Map.groupBy(lacking, ({ why }) => why)
  const items = [...byReason].map(([why, some]) => `- ${some.map(lackOf).join('; ')}. ${why}`)
  return `Where we do not lead, or miss a target, and why not yet:\n\n${items.join('\n')}\n`
}

function lackOf({ what, ratio, best, isBehind, target, reached, isMissed }) {
  const behind = isBehind ? [`${times(ratio)} of ${best.name}`] : []
  const missed = isMissed ? [`${reached} where the target is ${target}`] : []
  return `**${what}**: ${[...behind, ...missed].join(', ')}`
}
