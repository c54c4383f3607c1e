// The rows of the summary: which part measures them, what of it, the target (shared/baselines.md), and why we do not lead
// or meet it, which is only printed while that is so.
import { microseconds, milliseconds, times } from '../tables.mjs'

const kilobytes = { name: 'KB', write: (bytes) => (bytes / 1024).toFixed(1) }
const megabytes = { name: 'MB', write: (bytes) => (bytes / 1024 ** 2).toFixed(1) }
const count = { name: '', write: (value) => value.toLocaleString('en') }
const ratio = { name: '', write: times }

const medians = (rows) => rows.map(({ name, median }) => ({ name, value: median }))
const packages = (rows) => rows.filter(({ name, isByHand }) => !isByHand && !name.endsWith('by hand'))
const column = (rows, key) => packages(rows).map((row) => ({ name: row.name, value: row[key] }))
const official = (ratio) => ({ of: '@x402/fetch', ratio })

const CARRIES =
  'Most of it is WebAssembly that no peer has: the policy language, budgets, records chained by hashes, a strict reader of hostile challenges, and four generations of 4Mica guarantees.'
const DOES_MORE =
  'The peers decode and sign. Ours reads the challenge strictly, decides by the policy, reserves budget, seals a record at every step and checks the signature, in code built to be small.'
const FASTER_PEERS =
  'The target was set on a machine where @x402/fetch took 2,598 µs. Of what it takes here the curve alone is a fifth or more.'
const COMPILES =
  'V8 compiles a WebAssembly function when it is first called, and optimises it when it has run for long; the peers have done much of that while they were imported (see the cold starts).'
const STARTS =
  'What remains is unpacking and compiling the wasm, and its first payment before the engine has optimised any of it.'
const ASKS_ANEW =
  'Ours makes each challenge anew, for the URL that was asked, and tells pages of every origin what they may read.'
const SELLS_MORE =
  'The official middleware asks the facilitator and keeps nothing. Ours reads the payment strictly, recovers the payer before anybody is asked, and writes the sale to its store before the work, after it and after settlement, so that no payment buys twice and a crash loses none.'

const install = (what, key, unit) => ({ part: 'installs', what, unit, take: (rows) => column(rows, key) })

const bundled = (path, what, key, more) => ({
  ...{ part: 'sizes', what, unit: kilobytes, why: CARRIES, take: ({ paths }) => column(paths[path], key) },
  ...more,
})

const starting = (what, take, more = {}) => ({
  ...{ part: 'cold', what, unit: milliseconds, target: official(0.25), why: STARTS, take },
  ...more,
})

const young = (what, stage) => ({
  ...{ part: 'youth', what, unit: microseconds, why: COMPILES },
  take: (rows) => rows.map(({ name, stages }) => ({ name, value: stages[stage] })),
})

const paying = (part, what, take, target, why = `${DOES_MORE} ${FASTER_PEERS}`) => ({
  ...{ part, what, unit: microseconds, target, take, why },
})

const step = (what, take, more) => ({ part: 'steps', what, unit: microseconds, take, ...more })

const loaded = (runtime, asked) => ({
  ...{ part: 'selling', unit: microseconds, why: asked === 'paid' ? SELLS_MORE : ASKS_ANEW },
  what: `${asked === 'paid' ? 'a paid' : 'an unpaid'} request to a loaded seller, ${runtime}`,
  take: (measured) => medians(measured[runtime][asked].slice(0, 2)),
})

/** The last of a series beside the first it is compared to. */
const grown = (name, later, earlier) => [{ name: `farthing: ${name}`, value: later / earlier }]

export const rows = [
  install('packages installed', 'packages', count),
  install('an install over the network', 'downloaded', megabytes),
  install('an install on disk', 'installed', megabytes),
  bundled('local key', 'bundle with a local key, minified', 'raw'),
  bundled('local key', 'bundle with a local key, gzip', 'gzip', { target: { atMost: 65 * 1024 } }),
  bundled('local key', 'bundle with a local key, brotli', 'brotli', {
    why: `${CARRIES} Inlined it is deflated already, and brotli finds nothing more in it.`,
  }),
  bundled('wallet of the page', 'bundle for the wallet of a page, gzip', 'gzip', {
    target: { atMost: 50 * 1024 },
    why: `${CARRIES} One artefact serves all payers, so the local signer comes along.`,
  }),
  bundled('seller in hono', 'bundle of a seller, gzip', 'gzip', {
    why: 'The official middleware leaves the checks to a facilitator. Ours checks each payment itself and keeps every sale.',
  }),

  starting('cold start in Node, as installed', ({ nodes }) => medians(nodes.installed)),
  starting('cold start in Node, one file', ({ nodes }) => medians(nodes.bundled)),
  starting('cold start in workerd, beyond an empty Worker', ({ workers: [empty, ...others] }) =>
    others.map(({ name, median }) => ({ name, value: median - empty.median })),
  ),
  starting('cold start of a page, Chromium', ({ cold }) => medians(packages(cold)), { part: 'chromium' }),

  young('the 1st payment of a process', 0),
  young('its 2nd to 10th payment', 1),
  young('its 11th to 50th payment', 2),
  paying('payments', 'challenge to header, warm Node', ({ header }) => medians(packages(header)), official(0.12)),
  paying('chromium', 'challenge to header, warm Chromium', ({ header }) => medians(packages(header)), official(0.18)),
  paying('payments', 'a whole wrapped fetch, warm Node', ({ whole }) => medians(whole), official(0.15)),
  paying('asked', 'a whole wrapped fetch, 16 offers', ({ offers }) => medians(offers[16]), undefined, DOES_MORE),
  paying(
    ...['asked', 'a whole wrapped fetch, bodies of 1 MB', ({ bodies }) => medians(bodies[1024]), undefined],
    'Ours hashes the body it sends, which binds the purchase to it: 2.5 ms a MB.',
  ),

  step('a signature', ({ sign }) => medians(sign), { why: DOES_MORE }),
  step('the payer of a signature', ({ recover }) => medians(recover), {
    target: { of: 'viem', ratio: 0.08 },
    why: 'Ours is the whole step of a purchase: it also encodes the payment and seals its record.',
  }),
  step('a 4Mica certificate', ({ certificate }) => medians(certificate.slice(0, 2)), {
    target: { of: '@noble/curves', ratio: 0.3 },
    why: 'The pairing is plain, safe Rust; a C library compiled to wasm would be faster.',
  }),

  {
    ...{
      part: 'answers',
      what: "a seller's answer that asks for payment, in hono",
      unit: microseconds,
      why: SELLS_MORE,
    },
    take: ({ unpaid }) => medians(unpaid.filter(({ name }) => ['@x402/hono', 'farthing, in hono'].includes(name))),
  },
  {
    ...{ part: 'answers', what: "a seller's check of a payment", unit: microseconds },
    take: ({ checked }) => medians(checked),
    target: { of: 'viem', ratio: 0.08 },
    why: 'Ours also reads the header, and holds the payment against offer, amount, time and recipient.',
  },
  ...['Node', 'workerd'].flatMap((runtime) => ['unpaid', 'paid'].map((asked) => loaded(runtime, asked))),

  {
    ...{ part: 'memory', what: 'memory that a Node process gains by ten payments', unit: megabytes },
    take: ({ node }) => medians(node.map(({ name, resident }) => ({ name, ...resident }))),
  },
  {
    ...{ part: 'memory', what: 'memory of one more isolate, workerd', unit: megabytes },
    take: ({ workerd: [, ...others] }) => medians(others),
  },

  {
    ...{ part: 'asked', what: 'eight times the bytes: how often the time', unit: ratio, target: { atMost: 8 } },
    take: ({ bodies }) => grown('1 MB to 128 KB', bodies[1024][1].median, bodies[128][1].median),
    why: 'What is done to a byte is the same; the garbage of large bodies is collected in the larger row.',
  },
  {
    ...{
      part: 'history',
      what: 'after 100,000 purchases in SQLite beside 1,000',
      unit: ratio,
      target: { atMost: 1.1 },
    },
    take: ({ purchase: [[, thousand, many]] }) => grown('SQLite', many.median, thousand.median),
    why: 'The queries ask an index; a deeper one has more pages.',
  },
  {
    ...{ part: 'growth', what: 'memory after 1,000,000 writes beside 10,000', unit: ratio, target: { atMost: 1.1 } },
    take: ({ written }) => grown('memory store', heldBy(written.at(-1)), heldBy(written[0])),
    why: 'The store forgets above its limit; what is left is the room that its tables have taken.',
  },
]

const heldBy = ({ wasm, heap, external }) => wasm + heap + external
