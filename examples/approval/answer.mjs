// The owner answers every open question: node answer.mjs yes|no [name]
import { approve, decline } from 'farthing/owner'
import { sqliteStore } from 'farthing/stores/sqlite'

const [word, by] = process.argv.slice(2)
const store = await sqliteStore('payments.db')
for (const { state, record } of await store.open()) {
  if (state !== 'asked') continue
  const ticket = JSON.parse(record)
  const answered = word === 'yes' ? await approve(store, ticket, { by }) : await decline(store, ticket)
  console.log(
    `${answered.purchaseId} is ${answered.state}: ${ticket.terms.price} for ${ticket.request.seller}${ticket.request.path}`,
  )
}
