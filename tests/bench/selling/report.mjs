// What was measured of sellers in, sections of the page out.
import { megabytes, microseconds, rateTable, table, timeTable } from '../tables.mjs'

export const sellingSection = (measured) => `## A seller under load

Requests over loopback from another process, 64 at once, to sellers in the frame of hono: time from one answer to the
next, and answers a second. Load, seller and facilitator share the machine's processors.

Without payment, a 402 each:

${rateTable('', measured, ['unpaid'])}

With a payment each, verified, worked and settled. The facilitator is one process for all, which agrees at once. Ours
recovers the payer itself and keeps every sale in its (memory) store; the official middleware keeps nothing. Optimistic
asks the facilitator only to settle, when the answer is out:

${rateTable('', measured, ['paid'])}
`

export const answerSection = ({ unpaid, junk, checked }) => `## Single answers of a seller

Inside one process, from a Request to a Response that was read. A request without payment:

${timeTable(unpaid, microseconds)}

What strangers send in place of a payment. The official middleware also writes a line to the console for some, which
is left out here:

${table(['', 'µs, @x402/hono', 'µs, farthing'], junkRows(junk))}

A payment checked, from the text of its header to the payer. Beside viem alone, which looks at nothing but the signature,
and the facilitator that the official seller asks over the network:

${timeTable(checked, microseconds)}
`

function junkRows(junk) {
  const write = ({ median, low, high }) =>
    `${microseconds.write(median)} (${microseconds.write(low)}–${microseconds.write(high)})`
  return Object.entries(junk).map(([kind, rows]) => {
    const [theirs, ours] = rows.length > 1 ? rows : [undefined, ...rows]
    return [kind, theirs ? write(theirs) : '', write(ours)]
  })
}

export const flatSection = (measured) => `## What a seller holds that never stops

One process with the memory store at its default of 10,000 sales, asked without payment (600 of 1,000), with new
payments (200), with known ones (100) and with junk (100). MB of 1024 KB: Node's heap after a collection, and what
belongs to the whole process. \`REQUESTS=1000000 make bench\` asks a million times.

${table(['after', 'wasm MB', 'JS heap MB', 'process MB', 'a second'], flatRows(measured))}
`

function flatRows(measured) {
  const sized = (bytes) => (bytes === undefined ? '' : megabytes(bytes))
  return Object.entries(measured).flatMap(([runtime, rows]) =>
    rows.map(({ count, wasm, heap, rss, perSecond }) => [
      `${runtime}, ${count.toLocaleString('en')}`,
      ...[wasm, heap, rss].map(sized),
      Math.round(perSecond).toLocaleString('en'),
    ]),
  )
}
