// What was measured in, a page of tables out.
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { at } from '../../js/build/step.mjs'
import { groupTable, megabytes, microseconds, rateTable, table, timeTable } from './tables.mjs'

const versionOf = (name, folder = 'js') =>
  JSON.parse(readFileSync(at(folder, 'node_modules', name, 'package.json'), 'utf8')).version

/** The page, from its sections; the first of them is the summary. */
export function page(sections) {
  return `# Benchmarks

Written by \`make bench\`: farthing beside the packages it replaces, in one run on one machine. Contestants take turns,
so noise hits all of them; a figure is a median, in brackets the tenth and ninetieth percentile. Read the ratios, the
absolute times belong to the machine.

${machineNote()}

${sections.join('\n')}`
}

export const stepSection = ({ sign, recover, certificate }) => `## Single steps

A signature over EIP-712 typed data with a local key; ours is the whole step of the purchase.

${timeTable(sign, microseconds)}

The payer of a signature, as a wallet's answer is checked; ours is the whole step of the purchase.

${timeTable(recover, microseconds)}

A 4Mica certificate (BLS12-381, hash to curve included).

${timeTable(certificate, microseconds)}
`

export const guaranteeSection = (generations) => `## A guarantee of 4Mica

Per generation, with a local key. A signature over the typed data of a guarantee, and the payer of one, ours each as the
whole step of the purchase:

${rateTable('generation', generations, ['sign', 'recover'])}

Whole wrapped fetches over a core and a seller that are one function, the memory store, a policy and a budget. What the
seller takes to certify is not counted. In generation 4 every purchase asks the core for its cycle:

${rateTable('generation', generations, ['whole'])}
`

export const decisionSection = ({ explain, quote, purchase }) => `## A decision

The policy's answer to a challenge that is at hand, with one rule and with about a hundred: budgets over every scope and
window, patterns of sellers, pins, caps, lists, questions. All budgets count, so the purchase holds each of them. Over a
seller that is a function and the memory store. No peer has rules or budgets to put beside it.

\`pay.explain\`, which asks nobody:

${timeTable(explain, microseconds)}

\`pay.quote\`, which asks the seller for the terms:

${timeTable(quote, microseconds)}

The whole purchase:

${timeTable(purchase, microseconds)}
`

export const historySection = ({ decision, purchase }) => `## What a long history costs

The same under three budgets, from stores that hold so many settled purchases from this seller, spread over all sixty
parts of the budgets' windows. The ratio is to a store that began empty. A first thousand fills the windows; from there
on it has to be flat. CPU time: by the clock, the three waits of SQLite for the disk would hide any growth.

\`pay.explain\`, whose answer says what is left of the budgets:

${groupTable(decision, microseconds)}

The whole purchase: decision, reservation, signature, settlement:

${groupTable(purchase, microseconds)}
`

export const storeSection = ({ sync, rows }) => `## A reservation in each store

What a purchase writes under three budgets, with a real record: its reservation, and its advances to signed and to
settled. By the clock: median µs, in brackets the ninety-ninth percentile, and calls per second; all of them count
against the same three sums. One at a time:

${storeTable(rows, 'alone')}

Fifty at a time from one process, Worker or page, each waiting for its turn:

${storeTable(rows, 'crowd')}

To write 4 KB to a file and sync it took ${microseconds.write(sync.median)} (${microseconds.write(sync.late)}) µs, taking turns with the stores. The clock of workerd ticks
in milliseconds: of one call at a time its median is one of means over a series.
${absences(rows)}`

export const growthSection = ({ whole, written }) => `## What a payer holds that never stops

One Node process with the memory store at its default of 10,000 purchases, after a collection; MB of 1024 KB. Time is
CPU time, the mean of the last tenth of each row. Whole purchases with a local key, of a hundred resources and tasks,
every second one with an id of its own:

${growthTable(whole)}

What a purchase writes to the store (one reservation, two advances), without the purchase around it:

${growthTable(written)}
`

function machineNote() {
  const official = ['@x402/fetch', '@x402/evm', 'viem', '@noble/curves', 'ethers'].map(
    (name) => `${name} ${versionOf(name)}`,
  )
  const packages = [...official, `x402-fetch ${versionOf('x402-fetch', 'tests/peers/legacy')}`]
  const [{ model }] = cpus()
  const date = new Date().toISOString().slice(0, 10)
  return `${date}, ${model.trim()}, ${availableParallelism()} threads, Node ${process.versions.node}; ${packages.join(', ')}.`
}

function storeTable(rows, way) {
  const cells = ({ median, late, perSecond }) => [
    `${microseconds.write(median)} (${microseconds.write(late)})`,
    Math.round(perSecond).toLocaleString('en'),
  ]
  const lines = rows.map(({ name, [way]: taken }) =>
    taken ? [name, ...cells(taken.reserve), ...cells(taken.advance)] : [name, 'not measured', '', '', ''],
  )
  return table(['', 'reserve', 'a second', 'advance', 'a second'], lines)
}

const absences = (rows) => rows.flatMap(({ name, why }) => (why ? `\nNot measured: ${name}. ${why}.\n` : [])).join('')

function growthTable(rows) {
  const lines = rows.map(({ count, micros, wasm, heap, external }) => [
    count.toLocaleString('en'),
    ...[wasm, heap, external].map(megabytes),
    microseconds.write(micros),
  ])
  return table(['after', 'wasm MB', 'JS heap MB', 'outside the heap MB', 'CPU µs each'], lines)
}
