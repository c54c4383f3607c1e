// An agent that buys one thing for a task and says where the money went.
//
//   PAYER_KEY=0x… node agent.mjs https://seller.example/paid trip-42 'weather for the plan'
import { localWallet, PaymentError, wrapFetch } from 'farthing'

const [url, task = 'unnamed', reason] = process.argv.slice(2)
if (!url || !process.env.PAYER_KEY) {
  console.error('usage: PAYER_KEY=0x… node agent.mjs <url> [task] [reason]')
  process.exit(2)
}

const pay = await wrapFetch(fetch, {
  wallet: localWallet(process.env.PAYER_KEY),
  policy: {
    perRequest: '0.10 USD',
    budgets: [{ limit: '0.50 USD', every: 'hour' }],
    networks: ['eip155:84532'],
    // The owner names the seller on the command line. What a model reads on the way cannot add another.
    sellers: [new URL(url).origin],
  },
})

try {
  const response = await pay(url, { task, reason })
  console.log(await response.text())
} catch (error) {
  if (!(error instanceof PaymentError)) throw error
  console.error(`${error.code}: ${error.meaning}. ${error.fix}`)
  console.error(`money: ${error.money}`)
  process.exitCode = 1
}

// From the store, not from the responses: it also knows of purchases whose answer never came.
console.log(`\nspent for ${task}`)
for (const { state, request, terms, decision, evidence } of await pay.records()) {
  if (request.task !== task) continue
  console.log(`  ${state}  ${terms?.price ?? 'no price'}  ${request.seller}${request.path}  ${request.reason ?? ''}`)
  if (terms) console.log(`    to ${terms.payTo} on ${terms.network}`)
  if (decision) console.log(`    allowed by ${decision.rule}`)
  if (evidence.transaction) console.log(`    transaction ${evidence.transaction}`)
}
