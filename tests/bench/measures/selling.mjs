// How many requests a seller answers, over loopback from another process, beside the official middleware.
import { startFacilitator, startLoad } from '../../seller/harness/processes.mjs'
import { compare, orFew } from '../compare.mjs'
import { inNode, inWorkerd } from '../selling/servers.mjs'
import { path } from '../sides/selling/offer.mjs'

const rounds = orFew(12)
const warmUp = orFew(3, 1)
const atOnce = 64
const unpaid = orFew(1_000, 100)
const paid = orFew(200, 20)
/** Longer than all of this takes. */
const validSeconds = 3_000

const sellers = [
  { name: '@x402/hono', who: 'theirs' },
  { name: 'farthing', who: 'ours' },
  { name: 'farthing, optimistic', who: 'ours', release: { optimistic: { cap: '1000000 USD' } }, onlyPaid: true },
]

/** By runtime: { unpaid, paid }, rows in microseconds a request. */
export async function selling() {
  const facilitator = await startFacilitator()
  const measured = {}
  for (const [runtime, start] of Object.entries({ Node: inNode, workerd: inWorkerd })) {
    const contestants = []
    for (const { name, who, release, onlyPaid } of sellers) {
      const seller = await start(who, { facilitator: facilitator.url, release })
      const load = await startLoad([seller.url], path)
      await load.prepare((rounds + warmUp) * paid, validSeconds)
      contestants.push({ name, onlyPaid, seller, load, from: 0 })
    }
    const ask = (contestant, send, count, status) => async () => {
      const { from, load } = contestant
      if (send === 'paid') contestant.from += count
      const { ms, statuses, other } = await load.send({ send, count, atOnce, from })
      if (statuses[status] !== count) throw new Error(`cannot measure ${contestant.name}: ${JSON.stringify(other)}`)
      return ms / count
    }
    const group = (some, ...asked) =>
      compare(some.map((one) => ({ name: one.name, run: ask(one, ...asked) })), { rounds, warmUp })
    measured[runtime] = {
      unpaid: await group(contestants.filter(({ onlyPaid }) => !onlyPaid), 'unpaid', unpaid, 402),
      paid: await group(contestants, 'paid', paid, 200),
    }
    for (const { seller, load } of contestants) await Promise.all([seller.stop(), load.stop()])
  }
  await facilitator.stop()
  return measured
}
