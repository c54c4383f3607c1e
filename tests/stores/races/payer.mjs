// One process of a race: opens its store, says ready, buys when told to, and tells what came of it.
//
// argv[2]: { place, origin, ids, budget, faults, seed } as JSON. The parent names the package's loader in
// FARTHING_LOADER.
import { buyAll } from './buying.mjs'
import { openPlace } from './places.mjs'

const { place, ...calls } = JSON.parse(process.argv[2])
const { load } = await import(process.env.FARTHING_LOADER)
const subpath = (name) => load(name === 'index' ? 'farthing' : `farthing/${name}`)
const farthing = await subpath('index')
const { store, close } = await openPlace(subpath, place)
// Compiled before the race, as in a program that has been up for a while.
await farthing.wrapFetch(fetch, { wallet: farthing.localWallet(`0x${'1'.repeat(64)}`), store })

process.send('ready')
process.once('message', async () => {
  process.send(await buyAll(farthing, store, calls))
  await close()
  process.exit()
})
process.on('disconnect', () => process.exit())
