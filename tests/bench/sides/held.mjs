// One process that pays ten times: `node --expose-gc held.mjs <name in payers.mjs> <module>` prints as JSON the bytes that
// it holds more than before the import: resident, and on JavaScript's heap with what that keeps outside.
import { url } from './offer.mjs'
import * as payers from './payers.mjs'

const [who, module] = process.argv.slice(2)
// As in first.mjs: the seller's needs are not the payer's.
new Request(url)
await new Response('').text()

function held() {
  // Twice: what a first collection finalises, a second one frees.
  globalThis.gc()
  globalThis.gc()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { resident: rss, heap: heapUsed + external }
}

const before = held()
const pay = await payers[who](await import(module))
for (let time = 0; time < 10; time += 1) await (await pay(url)).text()
const after = held()
console.log(JSON.stringify({ resident: after.resident - before.resident, heap: after.heap - before.heap }))
