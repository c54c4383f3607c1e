// A payer that is made to be killed: told to go, it opens its store and buys what is left, six purchases at a time.
//
// argv[2]: { place, origin, budget } as JSON; then one message { left, named, shiftMs }. `named` purchases have their
// ids, the others are known by their URL alone. Tells { opened }, then { done, outcome, holds } of every purchase that
// it need not try again.
import { challengeFor, counted, goodsAt, PAYER, policyFor } from '../races/buying.mjs'
import { openPlace } from '../races/places.mjs'

const { place, origin, budget } = JSON.parse(process.argv[2])
const { load } = await import(process.env.FARTHING_LOADER)
const subpath = (name) => load(name === 'index' ? 'farthing' : `farthing/${name}`)
const farthing = await subpath('index')

// Compiled before, as in a program that has been up for a while: a kill is to meet purchases, not a start.
const stranger = farthing.localWallet(`0x${'1'.repeat(64)}`)
const warm = await farthing.wrapFetch(fetch, { wallet: stranger, policy: policyFor(origin, budget) })
await warm.explain(goodsAt(origin, 'warm'), challengeFor(goodsAt(origin, 'warm')))
await (await fetch(origin)).text()

process.on('disconnect', () => process.exit())
process.once('message', async ({ left, named, shiftMs }) => {
  const { now } = Date
  // A restart half a minute later, without the half minute.
  Date.now = () => now() + shiftMs
  const { store, close } = await openPlace(subpath, place)
  const { store: seen, seen: counts } = counted(store)
  const wallet = farthing.localWallet(PAYER.privateKey)
  const pay = await farthing.wrapFetch(fetch, { wallet, store: seen, policy: policyFor(origin, budget) })
  process.send({ opened: true })

  const lane = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      const outcome = await outcomeOf(pay, id, named)
      if (outcome !== undefined) process.send({ done: id, outcome, holds: counts.holds })
    }
  }
  await Promise.all(Array.from({ length: 6 }, lane))
  await close()
  process.disconnect()
})
process.send('ready')

/** What became of a purchase; undefined when it must be tried again by a later run. */
async function outcomeOf(pay, id, named) {
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      const response = await pay(goodsAt(origin, id), named ? { purchaseId: id } : {})
      await response.arrayBuffer()
      // Somebody who names purchases wants them proven; others want what they paid for.
      if (response.ok && (!named || pay.recordOf(response).state === 'settled')) return 'delivered'
    } catch (thrown) {
      if (!(thrown instanceof farthing.PaymentError)) throw thrown
      if (!thrown.code.startsWith('settlement/')) return thrown.code
    }
  }
}
