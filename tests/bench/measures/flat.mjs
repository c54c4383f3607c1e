// What a seller holds that never stops: asked without payment, with new payments, with known ones and with junk.
import { startFacilitator, startLoad } from '../../seller/harness/processes.mjs'
import { inNode, inWorkerd } from '../selling/servers.mjs'
import { path } from '../sides/selling/offer.mjs'

/** A million take a quarter of an hour, so it is fewer unless this variable says otherwise. */
const requests = Number(process.env.REQUESTS ?? 100_000)
const atOnce = 64
/** Of a thousand requests so many, in this order. */
const mix = { unpaid: 600, paid: 200, copies: 100, junk: 100 }
const expected = { unpaid: 402, paid: 200, copies: 200, junk: 400 }
const thousands = 10

/** By runtime, rows of `{ count, perSecond, rss, heap?, external?, wasm? }`. */
export async function flat() {
  if (!(requests >= 100_000)) throw new Error('cannot measure a seller for long: REQUESTS is below 100000')
  const facilitator = await startFacilitator()
  const measured = {}
  for (const [runtime, start] of Object.entries({ Node: inNode, workerd: inWorkerd })) {
    const seller = await start('ours', { facilitator: facilitator.url })
    const load = await startLoad([seller.url], path)
    const rows = []
    let count = 0
    for (const part of [0.1, 0.5, 1]) {
      const [from, begun] = [count, performance.now()]
      let signing = 0
      while (count < requests * part) {
        const before = performance.now()
        await load.prepare(mix.paid * thousands)
        signing += performance.now() - before
        for (let thousand = 0; thousand < thousands; thousand += 1) await sendThousand(load, thousand * mix.paid)
        count += 1_000 * thousands
      }
      const seconds = (performance.now() - begun - signing) / 1_000
      rows.push({ count, perSecond: (count - from) / seconds, ...(await seller.held()) })
      console.error(`bench: ${runtime}, ${JSON.stringify(rows.at(-1))}`)
    }
    measured[runtime] = rows
    await Promise.all([seller.stop(), load.stop()])
  }
  await facilitator.stop()
  return measured
}

async function sendThousand(load, from) {
  for (const [send, count] of Object.entries(mix)) {
    const { statuses, other } = await load.send({ send, count, atOnce, from })
    if (statuses[expected[send]] !== count)
      throw new Error(`cannot ask for long: of ${count} ${send} came ${JSON.stringify([statuses, other])}`)
  }
}
