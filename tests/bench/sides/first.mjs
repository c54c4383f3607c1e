// One fresh process: `node first.mjs <name in payers.mjs> <module> [payments]` prints as JSON the milliseconds from
// import to the first payment header, that payment, and what every payment took.
import { url } from './offer.mjs'
import * as payers from './payers.mjs'

const [who, module, payments = '1'] = process.argv.slice(2)
// Node loads its own fetch classes on first use, 25 ms or more: the seller here needs them, whoever pays.
new Request(url)
new Response()
const started = performance.now()
const packages = await import(module)
let [header, payment] = []
const pay = await payers[who](packages, (made) => {
  header ??= performance.now() - started
  payment = made
})

const each = []
while (each.length < Number(payments)) {
  const begun = performance.now()
  await (await pay(url)).text()
  each.push(performance.now() - begun)
}
console.log(JSON.stringify({ header, payment, each }))
