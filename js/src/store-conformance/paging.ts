import type { State, Store } from '../store/store.js'
import { type Check, entry, equal, ids, intent, second } from './scene.js'

const states: readonly State[] = [
  ...(['planned', 'asked', 'settled', 'approved', 'refused', 'reserved', 'signed', 'dead', 'unknown'] as const),
]

async function write(store: Store, count: number, state: State = 'asked'): Promise<string[]> {
  const names = Array.from({ length: count }, (_, number) => `p${(number * 7919) % 10_007}`)
  for (const name of names) await store.reserve(intent(entry(name, state)))
  return names
}

/** All pages of `limit` rows, as ids. */
async function pages(list: (after?: string, limit?: number) => Promise<{ purchaseId: string }[]>, limit: number) {
  const found: string[][] = []
  for (let after: string | undefined; ; after = found.at(-1)?.at(-1)) {
    const page = (await list(after, limit)).map(({ purchaseId }) => purchaseId)
    if (page.length === 0) return found
    if (found.push(page) > 100) throw new Error('the pages do not end')
  }
}

export const pagingChecks: Check[] = [
  {
    name: 'an empty store lists nothing',
    async check(store) {
      equal([await store.list(), await store.open()], [[], []], 'rows')
    },
  },
  {
    name: 'list gives every row as it is, in the order of first writes',
    async check(store) {
      for (const state of states) await store.reserve(intent(entry(state, state, { request: 'r', sealed: 's' })))
      await store.advance('planned', second('planned', 'dead'))
      await store.advance('asked', second('asked', 'approved'))
      await store.reserve(intent(second('approved', 'reserved'), { from: 'approved' }))
      const rows = await store.list()
      equal(ids(rows), states, 'ids')
      equal(rows[0], second('planned', 'dead'), 'first row')
      equal(rows[2], entry('settled', 'settled', { request: 'r', sealed: 's' }), 'third row')
    },
  },
  {
    name: 'open gives the rows that are asked, approved, reserved, signed or unknown, oldest first',
    async check(store) {
      for (const state of states) await store.reserve(intent(entry(state, state, { sealed: 's' })))
      const rows = await store.open()
      equal(ids(rows), ['asked', 'approved', 'reserved', 'signed', 'unknown'], 'ids')
      equal(rows[0], entry('asked', 'asked', { sealed: 's' }), 'first row')
    },
  },
  {
    name: 'a row opens and closes as its state says, and keeps its place',
    async check(store) {
      await write(store, 3)
      const [one, two, three] = ids(await store.list()) as [string, string, string]
      await store.advance('asked', second(one, 'settled'))
      await store.advance('asked', second(three, 'dead'))
      equal(ids(await store.open()), [two], 'open rows')
      await store.advance('settled', entry(one, 'unknown', { step: 3 }))
      equal(ids(await store.open()), [one, two], 'open rows after')
      equal(ids(await store.list()), [one, two, three], 'rows')
    },
  },
  {
    name: 'pages follow each other without a gap or a repetition',
    async check(store) {
      const names = await write(store, 10)
      for (const list of [store.list, store.open]) {
        const listed = await pages((after, limit) => list.call(store, after, limit), 4)
        equal(listed, [names.slice(0, 4), names.slice(4, 8), names.slice(8)], 'pages of 4')
        equal((await pages((after, limit) => list.call(store, after, limit), 5)).length, 2, 'pages of 5')
        equal(ids(await list.call(store, undefined, 1)), names.slice(0, 1), 'a page of 1')
        equal(ids(await list.call(store, names[7])), names.slice(8), 'the rest')
        equal(await list.call(store, names[9]), [], 'after the last')
      }
    },
  },
  {
    name: 'open goes on after a row that is open no more',
    async check(store) {
      const names = await write(store, 6)
      equal(ids(await store.open(undefined, 2)), names.slice(0, 2), 'first page')
      // Only the last of the page closes: to start anew would then repeat the first.
      await store.advance('asked', second(names[1] as string, 'settled'))
      equal(ids(await store.open(names[1], 2)), names.slice(2, 4), 'next page')
      equal(ids(await store.open(names[1])), names.slice(2), 'rest')
    },
  },
  {
    name: 'a row written between two pages comes last',
    async check(store) {
      const names = await write(store, 4)
      equal(ids(await store.list(undefined, 2)), names.slice(0, 2), 'first page')
      await store.reserve(intent(entry('0 late')))
      equal(ids(await store.list(names[1], 10)), [...names.slice(2), '0 late'], 'second page')
      equal(ids(await store.open(names[1], 10)), [...names.slice(2), '0 late'], 'second page of open')
    },
  },
  {
    name: 'a page has 1 000 rows when nothing else is said',
    async check(store) {
      const names = await write(store, 1_005)
      for (const list of [store.list, store.open]) {
        equal(ids(await list.call(store)), names.slice(0, 1_000), 'first page')
        equal(ids(await list.call(store, names[999])), names.slice(1_000), 'second page')
      }
      equal(ids(await store.list(undefined, 1_002)).length, 1_002, 'a page of 1 002')
    },
  },
]
