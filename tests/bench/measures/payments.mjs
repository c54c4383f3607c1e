// A payment without its network: from the challenge to the header, and the whole wrapped fetch over a seller that is
// one function.
import { compare } from '../compare.mjs'
import { contestants, mustBePaid, namespaceOf } from '../contestants.mjs'
import { farthingEntry, glue } from '../places.mjs'
import { headerMakers } from '../sides/headers.mjs'
import { url } from '../sides/offer.mjs'
import * as payers from '../sides/payers.mjs'

export async function payments() {
  const namespaces = {}
  for (const name of Object.keys(contestants)) namespaces[name] = await namespaceOf(name)
  const makers = headerMakers({ ...namespaces, farthing: await glue('farthing') })
  for (const { name, make } of makers) await mustBePaid(name, await make())
  const header = await compare(
    makers.map(({ name, make }) => ({ name, times: 4, run: async () => void (await make()) })),
    { rounds: 60, warmUp: 20 },
  )

  const whole = []
  for (const name of ['@x402/fetch', 'x402-fetch', 'farthing']) {
    // Its entry, not the bundle's: the modules that other parts of this run have warmed.
    const packages = name === 'farthing' ? await import(farthingEntry) : namespaces[name]
    let last
    const pay = await payers[contestants[name].who](packages, (payment) => (last = payment))
    const run = async () => void (await (await pay(url)).text())
    await run()
    await mustBePaid(name, last)
    whole.push({ name, times: 4, run })
  }
  return { header, whole: await compare(whole, { rounds: 60, warmUp: 20 }) }
}
