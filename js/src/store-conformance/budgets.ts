import type { Hold } from '../store/store.js'
import { type Check, entry, equal, exceeds, hasHeld, hasNoted, held, hold, intent, second } from './scene.js'
import { noted, read, row, setting, used } from './scene.js'

const largest = 2n ** 256n - 1n

/** Pairs that a sum in floats, in 64 or in 128 bits gets wrong. */
const sizes = [2n ** 53n, 2n ** 63n - 1n, 2n ** 64n, 10n ** 19n, 2n ** 127n, 2n ** 128n, 10n ** 38n, 2n ** 255n]

export const budgetChecks: Check[] = [
  {
    name: 'a budget counts what was reserved, key by key, in the order of the query',
    async check(store) {
      await hasHeld(store, 'a', hold({ key: 'x', amount: '1' }), hold({ key: 'y', amount: '2' }))
      await hasHeld(store, 'b', hold({ key: 'y', amount: '3' }))
      const wanted = ['y', 'none', 'x', 'y'].map((key) => hold({ key }))
      equal((await read(store, { holds: wanted })).used, ['5', '0', '1', '5'], 'sums')
    },
  },
  {
    name: 'a budget may be filled to its limit and not one above',
    async check(store) {
      await hasHeld(store, 'a', hold({ amount: '60' }))
      equal(await store.reserve(intent(entry('b'), { holds: [hold({ amount: '41' })] })), exceeds('day', '60'), 'above')
      await hasHeld(store, 'b', hold({ amount: '40' }))
      equal(await store.reserve(intent(entry('c'), { holds: [hold({ amount: '1' })] })), exceeds('day', '100'), 'full')
      await hasHeld(store, 'c', hold({ amount: '0' }))
      equal(await used(store, hold()), '100', 'sum')
    },
  },
  {
    name: 'a limit is the hold’s own, so a lower or higher one counts at once',
    async check(store) {
      await hasHeld(store, 'a', hold({ amount: '60', limit: '100' }))
      equal(await store.reserve(intent(entry('b'), { holds: [hold({ limit: '50' })] })), exceeds('day', '60'), 'lower')
      await hasHeld(store, 'b', hold({ amount: '140', limit: '200' }))
    },
  },
  {
    name: 'reading compares nothing with the limit and changes nothing',
    async check(store) {
      await hasHeld(store, 'a', hold({ amount: '60' }))
      const wanted = [hold({ amount: '1000', limit: '1' }), hold({ key: 'new' }), hold({ bucket: 9 })]
      equal((await read(store, { holds: wanted })).used, ['60', '0', '0'], 'sums')
      equal(await used(store, hold()), '60', 'sum after a look at a later bucket')
    },
  },
  {
    name: 'a refused reservation names its first full budget and leaves no row, hold or note behind',
    async check(store) {
      await hasNoted(store, 'n', 'old')
      await hasHeld(store, 'a', hold({ key: 'y', amount: '95' }), hold({ key: 'z', amount: '99' }))
      const holds = [hold({ key: 'x' }), hold({ key: 'y' }), hold({ key: 'z' }), hold({ key: 'w', bucket: 900 })]
      const notes = [setting('n', 'new', 'old'), setting('m', 'new')]
      const refused = intent(entry('p', 'reserved', { request: 'r' }), { holds, notes })
      equal(await store.reserve(refused), exceeds('y', '95'), 'answer')
      equal((await read(store, { holds })).used, ['0', '95', '99', '0'], 'sums')
      equal((await read(store, { notes: ['n', 'm'] })).notes, ['old', null], 'notes')
      equal((await read(store, { request: 'r' })).entries, [], 'rows of the request')
      equal((await store.list()).length, 1, 'number of rows')
      equal(await store.reserve({ ...refused, holds: [] }), held, 'the same without budgets')
      equal(await noted(store, 'n'), 'new', 'note')
    },
  },
  {
    name: 'a refused reservation from a state leaves the row and its holds as they were',
    async check(store) {
      const approved = entry('a', 'approved', { request: 'r' })
      await store.reserve(intent(approved, { holds: [hold({ key: 'asking', until: 'answer' })] }))
      const parts = { from: 'approved', holds: [hold({ amount: '101' })] } as const
      equal(await store.reserve(intent(second('a'), parts)), exceeds('day', '0'), 'answer')
      equal(await row(store, 'a'), approved, 'row')
      equal(await used(store, hold({ key: 'asking' })), '10', 'sum')
      equal(await store.reserve(intent(second('a'), { ...parts, holds: [hold()] })), held, 'with room')
    },
  },
  {
    name: 'a refused reservation in a later bucket does not move time',
    async check(store) {
      await hasHeld(store, 'a', hold({ amount: '60' }))
      const later = intent(entry('b'), { holds: [hold({ bucket: 6, amount: '101' })] })
      equal(await store.reserve(later), exceeds('day', '0'), 'answer')
      equal(await used(store, hold()), '60', 'sum')
    },
  },
  {
    name: 'two holds of one key in one reservation count together',
    async check(store) {
      const twice = [hold({ amount: '60' }), hold({ amount: '60' })]
      equal((await store.reserve(intent(entry('a'), { holds: twice }))).kind, 'exceeds', 'above together')
      equal(await used(store, hold()), '0', 'sum')
      await hasHeld(store, 'a', hold({ amount: '60' }), hold({ amount: '40', until: 'answer' }))
      equal(await used(store, hold()), '100', 'sum')
      await store.advance('reserved', second('a', 'settled'))
      equal(await used(store, hold()), '60', 'sum after the answer')
    },
  },
  {
    name: 'sums are exact at every size below 2^256',
    async check(store) {
      for (const size of sizes) {
        const at = (amount: bigint): Hold => hold({ key: `${size}`, amount: `${amount}`, limit: `${size + 2n}` })
        await hasHeld(store, `${size} a`, at(size))
        await hasHeld(store, `${size} b`, at(1n))
        equal(await used(store, at(0n)), `${size + 1n}`, 'sum')
        const above = intent(entry(`${size} c`), { holds: [at(2n)] })
        equal(await store.reserve(above), exceeds(`${size}`, `${size + 1n}`), 'one above')
        await hasHeld(store, `${size} c`, at(1n))
        equal(await store.advance('reserved', second(`${size} a`, 'dead')), true, 'release')
        equal(await used(store, at(0n)), '2', 'sum after')
      }
    },
  },
  {
    name: 'the largest number fits, and one more does not wrap around',
    async check(store) {
      const at = (amount: bigint): Hold => hold({ amount: `${amount}`, limit: `${largest}`, keep: 2 })
      await hasHeld(store, 'a', at(largest - 1n))
      equal(await store.reserve(intent(entry('b'), { holds: [at(2n)] })), exceeds('day', `${largest - 1n}`), 'two more')
      await hasHeld(store, 'b', { ...at(1n), bucket: 6 })
      const full = exceeds('day', `${largest}`)
      equal(await store.reserve(intent(entry('c'), { holds: [at(1n)] })), full, 'one more')
      equal(await store.reserve(intent(entry('c'), { holds: [at(largest)] })), full, 'twice as many')
      equal(await used(store, at(0n)), `${largest}`, 'sum')
    },
  },
  {
    name: 'sums are plain decimal, without exponent, sign or leading zero',
    async check(store) {
      await hasHeld(store, 'a', hold({ amount: '1000000000000000000000000', limit: `${largest}` }))
      equal(await used(store, hold()), '1000000000000000000000000', 'sum')
      await store.advance('reserved', second('a', 'dead'))
      equal(await used(store, hold()), '0', 'sum after')
    },
  },
  {
    name: 'the last `keep` buckets count, the present one included, and no older one',
    async check(store) {
      for (const keep of [1, 2, 3, 24, 100]) {
        const at = (bucket: number, amount: string): Hold => hold({ key: `${keep}`, amount, bucket, keep })
        const last = 1000 + keep - 1
        await hasHeld(store, `${keep} a`, at(1000, '1'))
        equal(await used(store, at(last, '0')), '1', `the first of ${keep} seen from the last`)
        equal(await used(store, at(last + 1, '0')), '0', `the first of ${keep} seen from after the last`)
        await hasHeld(store, `${keep} b`, at(last, '2'))
        equal(await used(store, at(last, '0')), '3', `first and last of ${keep}`)
        await hasHeld(store, `${keep} c`, at(last + 1, '4'))
        equal(await used(store, at(last + 1, '0')), keep === 1 ? '4' : '6', `one later, of ${keep}`)
      }
    },
  },
  {
    name: 'a bucket that leaves the span gives its room back',
    async check(store) {
      const at = (bucket: number, amount: string): Hold => hold({ bucket, keep: 3, amount })
      await hasHeld(store, 'a', at(10, '50'))
      await hasHeld(store, 'b', at(11, '30'))
      await hasHeld(store, 'c', at(12, '20'))
      equal(await store.reserve(intent(entry('d'), { holds: [at(12, '1')] })), exceeds('day', '100'), 'full')
      equal(await store.reserve(intent(entry('d'), { holds: [at(13, '51')] })), exceeds('day', '50'), 'one gone')
      await hasHeld(store, 'd', at(13, '50'))
      equal(await used(store, at(15, '0')), '50', 'sum two later')
      await hasHeld(store, 'e', at(1_000, '100'))
      equal(await used(store, at(1_000, '0')), '100', 'sum much later')
    },
  },
  {
    name: 'buckets reach from 0 to 2^53 - 1',
    async check(store) {
      const last = Number.MAX_SAFE_INTEGER
      await hasHeld(store, 'a', hold({ bucket: 0, keep: 100 }))
      equal(await used(store, hold({ bucket: 99, keep: 100 })), '10', 'sum at 99')
      equal(await used(store, hold({ bucket: 100, keep: 100 })), '0', 'sum at 100')
      await hasHeld(store, 'far', hold({ key: 'far' }))
      await hasHeld(store, 'farther', hold({ key: 'far', bucket: 2 ** 32 + 5 }))
      equal(await used(store, hold({ key: 'far' })), '10', 'sum 2^32 later')
      await hasHeld(store, 'b', hold({ bucket: last - 1, keep: 2 }))
      await hasHeld(store, 'c', hold({ bucket: last, keep: 2 }))
      equal(await used(store, hold({ bucket: last, keep: 2 })), '20', 'sum of the last two')
      equal(await used(store, hold({ bucket: last, keep: 1 })), '10', 'sum of the last')
    },
  },
  {
    name: 'time never runs backwards: an earlier bucket counts in the greatest that was used',
    async check(store) {
      await hasHeld(store, 'a', hold({ bucket: 7, amount: '90' }))
      const earlier = hold({ bucket: 5, amount: '11' })
      equal(await used(store, earlier), '90', 'sum seen from earlier')
      equal(await store.reserve(intent(entry('b'), { holds: [earlier] })), exceeds('day', '90'), 'answer')
      await hasHeld(store, 'b', { ...earlier, amount: '10' })
      equal(await used(store, hold({ bucket: 7 })), '100', 'sum in the greatest')
      await store.advance('reserved', second('b', 'refused'))
      equal(await used(store, hold({ bucket: 7 })), '90', 'sum after the release')
    },
  },
  {
    name: 'time stays where it was when all that counted is given back',
    async check(store) {
      await hasHeld(store, 'a', hold({ bucket: 7 }))
      await store.advance('reserved', second('a', 'dead'))
      await hasHeld(store, 'b', hold({ bucket: 5, amount: '80' }))
      equal(await used(store, hold({ bucket: 7 })), '80', 'sum in the greatest')
    },
  },
  {
    name: 'time is each key’s own',
    async check(store) {
      await hasHeld(store, 'a', hold({ key: 'hour', bucket: 480_000 }), hold({ key: 'day', bucket: 20_000 }))
      await hasHeld(store, 'b', hold({ key: 'day', bucket: 20_000 }))
      equal(await used(store, hold({ key: 'day', bucket: 20_001 })), '0', 'sum of the next day')
      equal(await used(store, hold({ key: 'day', bucket: 20_000 })), '20', 'sum of the day')
    },
  },
]
