// What a purchase writes, taken from a real one, to be written again and again under other ids.
import { url } from '../sides/offer.mjs'
import { paying } from '../sides/payers.mjs'

/**
 * The reservation and the two advances of one purchase under `policy`, and the notes it finds: what a payer that knows
 * its seller sends to a store.
 */
export async function writesOf(farthing, policy, init) {
  const seen = { advances: [] }
  const store = farthing.memoryStore()
  const watching = {
    ...store,
    reserve: (intent) => store.reserve((seen.intent = intent)),
    advance: (from, entry) => (seen.advances.push({ from, entry }), store.advance(from, entry)),
  }
  const pay = await paying(farthing, { policy, store: watching })
  // The first one makes the seller known.
  await (await pay(url, init)).text()
  seen.advances = []
  const paid = await pay(url, init)
  if (pay.recordOf(paid)?.state !== 'settled') throw new Error('cannot take a purchase to write again: none settled')
  const notes = seen.intent.notes.filter(({ was }) => was !== undefined).map(({ key, was }) => ({ key, value: was }))
  return { notes, intent: seen.intent, advances: seen.advances }
}

/**
 * Writes `count` settled purchases, each at once as what it became. They lie in every span that the budgets count,
 * oldest first, as when the purchases had come evenly over the whole of each window.
 */
export async function fill(store, { intent, advances }, count) {
  const { entry } = advances.at(-1)
  for (let number = 0; number < count; number += 1) {
    const purchaseId = `past-${number}`
    const back = ({ bucket, keep }) => bucket - keep + 1 + Math.floor((keep * number) / count)
    const holds = intent.holds.map((hold) => ({ ...hold, bucket: back(hold) }))
    const said = await store.reserve({ ...intent, holds, entry: { ...entry, purchaseId } })
    if (said.kind !== 'held') throw new Error(`cannot fill a store: ${JSON.stringify(said)}`)
  }
}
