import type { State } from '../store/store.js'
import { type Check, entry, equal, exceeds, hasHeld, held, hold, intent, read, second, used } from './scene.js'

const proof = hold({ key: 'money' })
const answer = hold({ key: 'waiting', until: 'answer' })

/** What is left of a proof hold and an answer hold of 10 when a row enters a state. */
const left: readonly (readonly [State, string[]])[] = [
  ['planned', ['10', '10']],
  ['asked', ['10', '10']],
  ['approved', ['10', '10']],
  ['reserved', ['10', '10']],
  ['signed', ['10', '10']],
  ['settled', ['10', '0']],
  ['unknown', ['10', '0']],
  ['refused', ['0', '0']],
  ['dead', ['0', '0']],
]

export const releaseChecks: Check[] = [
  ...(left.map(([state, sums]) => ({
    name: `a row that enters ${state} keeps ${sums[0] === '0' ? 'no hold' : sums[1] === '0' ? 'what waits for proof' : 'every hold'}`,
    check: async (store) => {
      await hasHeld(store, 'a', proof, answer)
      await store.advance('reserved', second('a', state))
      equal((await read(store, { holds: [proof, answer] })).used, sums, 'sums')
      await hasHeld(store, 'b', hold({ key: 'money', amount: `${100 - Number(sums[0])}` }))
      equal(await store.reserve(intent(entry('c'), { holds: [proof] })), exceeds('money', '100'), 'one more')
    },
  })) satisfies Check[]),
  {
    name: 'a reservation that enters a state gives back as an advance does',
    async check(store) {
      for (const [state, sums] of left) {
        const [money, waiting] = [hold({ key: `${state} m` }), hold({ key: `${state} w`, until: 'answer' })]
        await store.reserve(intent(entry(state, 'approved'), { holds: [money, waiting] }))
        equal(await store.reserve(intent(second(state, state), { from: 'approved' })), held, `answer for ${state}`)
        equal((await read(store, { holds: [money, waiting] })).used, sums, `sums for ${state}`)
      }
    },
  },
  {
    name: 'nothing is given back twice',
    async check(store) {
      await hasHeld(store, 'other', hold({ key: 'money', amount: '30' }), hold({ key: 'waiting', amount: '30' }))
      await hasHeld(store, 'a', proof, answer)
      let from: State = 'reserved'
      const steps: [State, string[]][] = [
        ['unknown', ['40', '30']],
        ['unknown', ['40', '30']],
        ['settled', ['40', '30']],
        ['unknown', ['40', '30']],
        ['dead', ['30', '30']],
        ['dead', ['30', '30']],
        ['refused', ['30', '30']],
        ['settled', ['30', '30']],
      ]
      for (const [nth, [state, sums]] of steps.entries()) {
        equal(await store.advance(from, entry('a', state, { step: nth + 2 })), true, `advance to ${state}`)
        equal((await read(store, { holds: [proof, answer] })).used, sums, `sums at ${state}`)
        from = state
      }
    },
  },
  {
    name: 'a row gives back what it held itself, and of that all',
    async check(store) {
      const keys = Array.from({ length: 20 }, (_, number) => hold({ key: `k${number}`, amount: `${number + 1}` }))
      await hasHeld(store, 'a', ...keys)
      await hasHeld(store, 'b', ...keys)
      await store.advance('reserved', second('a', 'refused'))
      equal(
        (await read(store, { holds: keys })).used,
        keys.map(({ amount }) => amount),
        'sums',
      )
      await store.advance('reserved', second('b', 'dead'))
      equal(
        (await read(store, { holds: keys })).used,
        keys.map(() => '0'),
        'sums of none',
      )
    },
  },
  {
    name: 'a reservation from a state adds to what the row holds',
    async check(store) {
      await store.reserve(intent(entry('a', 'asked'), { holds: [hold({ amount: '1' })] }))
      const more = [hold({ amount: '2' }), hold({ key: 'x', amount: '4' })]
      await store.reserve(intent(second('a'), { from: 'asked', holds: more }))
      equal((await read(store, { holds: [hold(), hold({ key: 'x' })] })).used, ['3', '4'], 'sums')
      await store.advance('reserved', entry('a', 'dead', { step: 3 }))
      equal((await read(store, { holds: [hold(), hold({ key: 'x' })] })).used, ['0', '0'], 'sums of none')
    },
  },
  {
    name: 'room that was given back can be held again',
    async check(store) {
      for (let round = 0; round < 5; round += 1) {
        await hasHeld(store, `a${round}`, hold({ amount: '100' }))
        equal(await store.reserve(intent(entry('b'), { holds: [hold()] })), exceeds('day', '100'), 'answer')
        await store.advance('reserved', second(`a${round}`, round % 2 ? 'dead' : 'refused'))
        equal(await used(store, hold()), '0', 'sum')
      }
    },
  },
  {
    name: 'a hold is given back from the bucket it counts in, not from the present one',
    async check(store) {
      const at = (bucket: number, keep: number): ReturnType<typeof hold> => hold({ bucket, keep, amount: '20' })
      await hasHeld(store, 'a', at(5, 3))
      await hasHeld(store, 'b', at(6, 3))
      await hasHeld(store, 'c', at(7, 3))
      await store.advance('reserved', second('a', 'dead'))
      equal((await read(store, { holds: [at(7, 1), at(7, 2), at(7, 3)] })).used, ['20', '40', '40'], 'sums')
      await store.advance('reserved', second('b', 'dead'))
      equal((await read(store, { holds: [at(7, 1), at(7, 2), at(8, 2)] })).used, ['20', '20', '20'], 'sums after b')
    },
  },
  {
    name: 'a hold moved by the clock is given back from where it counts',
    async check(store) {
      await hasHeld(store, 'a', hold({ bucket: 5, keep: 5, amount: '30' }))
      await hasHeld(store, 'b', hold({ bucket: 7, keep: 5, amount: '20' }))
      await hasHeld(store, 'c', hold({ bucket: 5, keep: 5, amount: '10' }))
      await store.advance('reserved', second('c', 'dead'))
      const spans = [hold({ bucket: 7, keep: 1 }), hold({ bucket: 7, keep: 5 })]
      equal((await read(store, { holds: spans })).used, ['20', '50'], 'sums')
    },
  },
  {
    name: 'what left the span gives no room back in the present one',
    async check(store) {
      await hasHeld(store, 'a', hold({ bucket: 5, amount: '60' }))
      await hasHeld(store, 'b', hold({ bucket: 6, amount: '70' }))
      await hasHeld(store, 'c', hold({ key: 'long', bucket: 5 }))
      await hasHeld(store, 'd', hold({ key: 'long', bucket: 5_000, amount: '70' }))
      for (const id of ['a', 'c']) equal(await store.advance('reserved', second(id, 'dead')), true, `advance of ${id}`)
      equal(await used(store, hold({ bucket: 6 })), '70', 'sum one later')
      equal(await used(store, hold({ key: 'long', bucket: 5_000, keep: 100 })), '70', 'sum much later')
      const above = intent(entry('e'), { holds: [hold({ bucket: 6, amount: '31' })] })
      equal(await store.reserve(above), exceeds('day', '70'), 'answer')
    },
  },
]
