// Figures in, a page of tables out.
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { at } from '../../js/build/step.mjs'

const versionOf = (name) => JSON.parse(readFileSync(at('js/node_modules', name, 'package.json'), 'utf8')).version

export function report({ size, header, whole, sign, recover, certificate, young, nodes, workers }) {
  const [empty, theirs] = workers
  const beyond = ({ median }) => median - empty.median
  return `# Benchmarks

Written by \`make bench\`: farthing beside the packages it replaces, in one run on one machine. Contestants take turns,
so noise hits all of them; a figure is a median, in brackets the tenth and ninetieth percentile. Read the ratios, the
absolute times belong to the machine.

${machineNote()}

## What a page downloads to pay

Bundled and minified by esbuild for browsers; our WebAssembly is counted. KB of 1024 bytes.

${sizeTable(size)}

## The payments of a young process

Whole wrapped fetches over a seller that is a function, in a fresh Node process: median µs of the first payment and of
those after it. Most agents and pages pay a few times, not thousands.

${youngTable(young)}

## From a challenge to the payment header

After some hundred payments, when the compilers have done what they can. No network, no store, a local key. Theirs
starts from the decoded challenge; ours decodes it, too, holds it against the policy, keeps the record, asks for the
budget, and recovers the payer from the finished signature.

${timeTable(header, microseconds)}

## A whole wrapped fetch

The same processes, warm: request, 402, payment, answer, over a seller that is a function. Ours writes every step to
its (memory) store.

${timeTable(whole, microseconds)}

## Cold start

Milliseconds from \`import\` to the first payment header in a fresh Node process, without loading Node's own fetch.

${timeTable(pairs(nodes), milliseconds)}

A workerd server with one Worker, from its start to the answer of its first request. The ratio leaves out what an empty
Worker takes.

${timeTable(
  workers.map((row) => ({ ...row, ratio: row === empty ? Number.NaN : beyond(row) / beyond(theirs) })),
  milliseconds,
)}

## Single steps

A signature over EIP-712 typed data with a local key; ours is the whole step of the purchase.

${timeTable(sign, microseconds)}

The payer of a signature, as a wallet's answer is checked; ours is the whole step of the purchase.

${timeTable(recover, microseconds)}

A 4Mica certificate (BLS12-381, hash to curve included).

${timeTable(certificate, microseconds)}
`
}

/** Ratios within each pair of theirs and ours. */
function pairs(rows) {
  return rows.map((row, at) => ({ ...row, ratio: at % 2 ? row.median / rows[at - 1].median : 1 }))
}

function machineNote() {
  const packages = ['@x402/fetch', '@x402/evm', 'viem', '@noble/curves'].map((name) => `${name} ${versionOf(name)}`)
  const [{ model }] = cpus()
  const date = new Date().toISOString().slice(0, 10)
  return `${date}, ${model.trim()}, ${availableParallelism()} threads, Node ${process.versions.node}; ${packages.join(', ')}.`
}

function sizeTable([first, ...rest]) {
  const ratio = (row) => (row.name.startsWith('of which') ? '' : times(row.gzip / first.gzip))
  const rows = [first, ...rest].map((row) => [
    row.name,
    ...[row.raw, row.gzip, row.brotli].map((bytes) => (bytes / 1024).toFixed(1)),
    ratio(row),
  ])
  return table(['', 'raw KB', 'gzip KB', 'brotli KB', 'ratio (gzip)'], rows)
}

function youngTable([first, ...rest]) {
  const count = (value) => microseconds.write(value)
  const rows = [first, ...rest].map(({ name, stages }) => [name, ...stages.map(count)])
  const ratios = rest[0].stages.map((value, at) => times(value / first.stages[at]))
  return table(['', '1st', '2nd–10th', '11th–50th', '51st–200th'], [...rows, ['ratio', ...ratios]])
}

function timeTable(rows, unit) {
  const [first] = rows
  const cells = rows.map(({ name, median, low, high, ratio = median / first.median }) => [
    name,
    `${unit.write(median)} (${unit.write(low)}–${unit.write(high)})`,
    Number.isFinite(ratio) ? times(ratio) : '',
  ])
  return table(['', unit.name, 'ratio'], cells)
}

const microseconds = { name: 'µs', write: (value) => Math.round(value).toLocaleString('en') }
const milliseconds = { name: 'ms', write: (value) => (value / 1000).toFixed(1) }
const times = (ratio) => `${ratio.toFixed(2)}×`

function table(head, rows) {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)))
  const pad = (cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))
  const line = (row) => `| ${row.map(pad).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}
