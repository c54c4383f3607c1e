// What was measured of payers in, sections of the page out.
import { megabytes, microseconds, milliseconds, table, times, timeTable } from '../tables.mjs'

export const installSection = (rows) => `## What an installation brings

\`npm install\` with an empty cache, scripts off: packages, what came over the network, and what lies on disk. MB of
1024 KB. Ours has all its parts in it, whichever of them a program loads.

${table(['', 'packages', 'network MB', 'disk MB', 'ratio (network)'], installRows(rows))}

Not measured: @4mica/sdk 1.2.17 cannot be installed, since the registry lacks a package that it depends on
(@quillai-network/wachai-validation-sdk).
`

export const sizeSection = ({ paths, wasm }) => `## What a page downloads to pay

Bundled and minified by esbuild for browsers, our WebAssembly inlined; a seller's for Node. Parts that are only loaded
when they are needed are left out on all sides. KB of 1024 bytes. By hand there is neither policy nor budget nor record.
x402-fetch is weighed without wagmi and Coinbase's wallets, which it can do without.

${sizeTable(paths)}

The payer's WebAssembly alone: ${kilobytes(wasm.raw)} KB, gzip ${kilobytes(wasm.gzip)} KB, brotli ${kilobytes(wasm.brotli)} KB.
`

export const coldSection = ({ nodes, workers }) => `## Cold start

Milliseconds from \`import\` to the first payment header in a fresh Node process, without loading Node's own fetch. As
installed:

${timeTable(nodes.installed, milliseconds)}

Each side bundled to one file:

${timeTable(nodes.bundled, milliseconds)}

A workerd server with one Worker, from its start to the answer of its first request. The ratio leaves out what an empty
Worker takes.

${workerTable(workers)}
`

export const chromiumSection = ({ cold, header }) => `## In a page

Chromium, a fresh context for every page, scripts from this machine: from \`import\` to the first payment header.

${timeTable(cold, milliseconds)}

From a challenge to the payment header, warm, all of them in one page:

${timeTable(header, microseconds)}
`

export const youthSection = (young) => `## The payments of a young process

Whole wrapped fetches over a seller that is a function, in a fresh Node process: median µs of the first payment and of
those after it. Most agents and pages pay a few times, not thousands.

${youngTable(young)}
`

export const paymentSection = ({ header, whole }) => `## From a challenge to the payment header

After some hundred payments, when the compilers have done what they can. No network, no store, a local key. The official
packages start from the decoded challenge; ours and those by hand decode it. Ours also holds it against the policy, keeps
the record and asks for the budget.

${timeTable(header, microseconds)}

## A whole wrapped fetch

The same processes, warm: request, 402, payment, answer, over a seller that is a function. Ours writes every step to
its (memory) store.

${timeTable(whole, microseconds)}
`

export const askedSection = ({ offers, bodies }) => `## What offers and bodies cost

A whole wrapped fetch, warm, as above: with so many offers in the challenge, the last of which can be paid (farthing
reads sixteen and refuses more),

${growingTable('offers', offers)}

and with so many KB sent, and as many received. Ours keeps what it sends, so that it can send it again, and hashes it
into the purchase:

${growingTable('KB', bodies)}
`

export const memorySection = ({ node, workerd }) => `## What a payer holds

MB of 1024 KB that a Node process has gained by the import and ten payments, after a collection: resident, and on
JavaScript's heap with what that keeps outside.

${table(['', 'resident MB', 'heap MB', 'ratio (resident)'], heldRows(node))}

What one more isolate of workerd adds to the process once it has paid three times:

${table(['', 'MB', 'ratio'], isolateRows(workerd))}
`

const kilobytes = (bytes) => (bytes / 1024).toFixed(1)

function installRows(rows) {
  const [first] = rows
  return rows.map(({ name, packages, downloaded, installed }) => [
    ...[name, String(packages), megabytes(downloaded), megabytes(installed)],
    times(downloaded / first.downloaded),
  ])
}

function sizeTable(paths) {
  const lines = Object.entries(paths).flatMap(([what, rows]) =>
    rows.map(({ name, raw, gzip, brotli }) => [
      `${what}: ${name}`,
      ...[raw, gzip, brotli].map(kilobytes),
      rows.length > 1 ? times(gzip / rows[0].gzip) : '',
    ]),
  )
  return table(['', 'raw KB', 'gzip KB', 'brotli KB', 'ratio (gzip)'], lines)
}

function workerTable(workers) {
  const [empty, theirs] = workers
  const beyond = ({ median }) => median - empty.median
  const ratio = (row) => (row === empty ? Number.NaN : beyond(row) / beyond(theirs))
  return timeTable(
    workers.map((row) => ({ ...row, ratio: ratio(row) })),
    milliseconds,
  )
}

function youngTable(rows) {
  const [first] = rows
  const lines = rows.map(({ name, stages }) => [
    name,
    ...stages.map((value, at) => `${microseconds.write(value)} (${times(value / first.stages[at])})`),
  ])
  return table(['', '1st', '2nd–10th', '11th–50th', '51st–200th'], lines)
}

function growingTable(what, measured) {
  const names = Object.values(measured)[0].map(({ name }) => `${name}, µs`)
  const lines = Object.entries(measured).map(([size, rows]) => [
    size,
    ...rows.map(
      ({ median, low, high }) =>
        `${microseconds.write(median)} (${microseconds.write(low)}–${microseconds.write(high)})`,
    ),
    times(rows.at(-1).median / rows[0].median),
  ])
  return table([what, ...names, 'ratio'], lines)
}

const heldRows = (rows) =>
  rows.map(({ name, resident, heap }) => [
    ...[name, megabytes(resident.median), megabytes(heap.median)],
    times(resident.median / rows[0].resident.median),
  ])

const isolateRows = (rows) =>
  rows.map(({ name, median, low, high }, at) => [
    name,
    `${megabytes(median)} (${megabytes(low)}–${megabytes(high)})`,
    at === 0 ? '' : times(median / rows[1].median),
  ])
