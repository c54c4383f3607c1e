import type { ConformanceOptions } from './index.js'
import {
  type Check,
  entry,
  equal,
  exists,
  hasHeld,
  hasNoted,
  hold,
  ids,
  intent,
  read,
  rejects,
  row,
  second,
  used,
} from './scene.js'

/** The checks that need a second way to the same place. */
export function reopeningChecks({ reopen, makeNewer }: ConformanceOptions): Check[] {
  const durability: Check = {
    name: 'durability is said, and is not claimed less than offered',
    async check(store) {
      const words = reopen ? ['durable'] : ['durable', 'ephemeral']
      equal(words.includes(store.durability), true, `durability ${store.durability}`)
    },
  }
  if (!reopen) return [durability]
  return [durability, ...kept, ...(makeNewer ? [newer(makeNewer)] : [])]
}

const kept: Check[] = [
  {
    name: 'a second connection finds rows, notes and sums',
    async check(store, again) {
      const written = entry('a', 'reserved', { request: 'r', sealed: 's' })
      await store.reserve(intent(written, { holds: [hold({ bucket: 7 })], notes: [{ key: 'n', value: 'v' }] }))
      const other = await again()
      const view = await read(other, { request: 'r', notes: ['n'], holds: [hold()] })
      equal(view, { entries: [written], notes: ['v'], used: ['10'] }, 'view')
      equal(await other.reserve(intent(entry('a'))), exists, 'the same id')
      equal([ids(await other.list()), ids(await other.open())], [['a'], ['a']], 'lists')
    },
  },
  {
    name: 'a second connection gives back what the first one held, and goes on counting',
    async check(store, again) {
      await hasHeld(store, 'a', hold({ bucket: 7 }), hold({ key: 'waiting', until: 'answer' }))
      const other = await again()
      await hasHeld(other, 'b', hold({ bucket: 5, amount: '20' }))
      equal(await used(store, hold({ bucket: 7 })), '30', 'sum')
      equal(await other.advance('reserved', second('a', 'unknown')), true, 'advance')
      equal((await read(store, { holds: [hold(), hold({ key: 'waiting' })] })).used, ['30', '0'], 'sums')
      equal(await store.advance('unknown', entry('a', 'dead', { step: 3 })), true, 'advance back on the first')
      equal(await used(other, hold()), '20', 'sum after')
    },
  },
  {
    name: 'a third connection after the others sees the last write of each',
    async check(store, again) {
      const other = await again()
      await hasHeld(store, 'a')
      await other.advance('reserved', second('a', 'signed'))
      const settled = entry('a', 'settled', { step: 3 })
      await store.advance('signed', settled)
      await hasNoted(other, 'n', 'v')
      const third = await again()
      equal(await row(third, 'a'), settled, 'row')
      equal(await third.remember({ key: 'n', was: 'v' }), true, 'note')
    },
  },
]

const newer = (makeNewer: NonNullable<ConformanceOptions['makeNewer']>): Check => ({
  name: 'what a newer version has written is refused',
  async check(store, again) {
    await hasHeld(store, 'a', hold())
    await makeNewer(store)
    await rejects(async () => (await again()).reserve(intent(entry('b'))), 'a reservation in a newer schema')
    await rejects(async () => (await again()).list(), 'a list in a newer schema')
  },
})
