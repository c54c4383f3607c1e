// One process of a race: opens the store, says ready, waits for a line, reserves, says what it was answered.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openStore } from './clients.mjs'
import { intent } from './scenes.mjs'

const [library, url, place, name, count] = process.argv.slice(2)
const { load } = await import(pathToFileURL(join(process.env.FARTHING_INSTALLED, 'load.mjs')).href)
const { store, close } = await openStore((subpath) => load(`farthing/${subpath}`), library, url, place)

console.log('ready')
for await (const _ of process.stdin) break
const tally = {}
await Promise.all(
  Array.from({ length: Number(count) }, async (_, number) => {
    const kind = await store.reserve(intent(`${name}${number}`)).then(
      (answer) => answer.kind,
      () => 'rejected',
    )
    tally[kind] = (tally[kind] ?? 0) + 1
  }),
)
console.log(JSON.stringify(tally))
await close()
process.exit()
