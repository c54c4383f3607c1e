// A buyer that must ask its owner about everything above half a cent, and about every new seller.
//
//   PAYER_KEY=0x… node buy.mjs https://seller.example/paid     asks, prints a ticket, and pays nothing
//   node answer.mjs yes ada                                    in another process, at any later time within the hour
//   PAYER_KEY=0x… node buy.mjs https://seller.example/paid     pays, once, on exactly these terms
import { localWallet, PaymentError, wrapFetch } from 'farthing'
import { sqliteStore } from 'farthing/stores/sqlite'

const [url] = process.argv.slice(2)
const pay = await wrapFetch(fetch, {
  wallet: localWallet(process.env.PAYER_KEY),
  store: await sqliteStore('payments.db'),
  policy: { perRequest: '0.10 USD', askAbove: '0.005 USD', newSeller: 'ask', sellers: [new URL(url).origin] },
})

try {
  const response = await pay(url, { task: 'example' })
  console.log(`paid, as ${pay.recordOf(response).approval.by} said: ${await response.text()}`)
} catch (error) {
  if (!(error instanceof PaymentError)) throw error
  const { code, next, record } = error
  console.log(`${code}, next: ${next}`)
  if (code.startsWith('approval/'))
    console.log(`ticket ${record.purchaseId}: ${record.terms.price} to ${record.terms.payTo}`)
  process.exitCode = 1
}
