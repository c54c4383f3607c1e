import type { Reservation, Store } from '../store/store.js'
import { type Check, entry, equal, exists, hasHeld, hasNoted, held, hold, ids, intent } from './scene.js'
import { noted, read, row, second, setting, used } from './scene.js'

const numbers = (count: number): number[] => Array.from({ length: count }, (_, number) => number)

/** Starts everything at once, by turns on both connections. */
function atOnce<T>(stores: readonly Store[], count: number, act: (store: Store, number: number) => Promise<T>) {
  return Promise.all(numbers(count).map((number) => act(stores[number % stores.length] as Store, number)))
}

/** Lets everything else go on, timers included: readers that never pause could starve a writer. */
const pause = (): Promise<void> => new Promise((settle) => setTimeout(settle, 0))

const countOf = (answers: readonly Reservation[], kind: Reservation['kind']): number =>
  answers.filter((answer) => answer.kind === kind).length

export const raceChecks: Check[] = [
  {
    name: 'of 300 reservations at once a budget for 100 holds exactly 100',
    async check(store, again) {
      const one = hold({ amount: '1' })
      const answers = await atOnce([store, await again()], 300, (on, number) =>
        on.reserve(intent(entry(`p${number}`), { holds: [one] })),
      )
      equal([countOf(answers, 'held'), countOf(answers, 'exceeds')], [100, 200], 'answers')
      for (const answer of answers) if (answer.kind === 'exceeds') equal(answer.used, '100', 'sum when full')
      equal(await used(store, one), '100', 'sum')
      equal((await store.list()).length, 100, 'rows')
    },
  },
  {
    name: 'of 50 reservations of one purchase at once exactly one is held',
    async check(store, again) {
      const answers = await atOnce([store, await again()], 50, (on, number) =>
        on.reserve(intent(entry('a', 'reserved', { record: `${number}` }), { holds: [hold({ amount: '1' })] })),
      )
      equal([countOf(answers, 'held'), countOf(answers, 'exists')], [1, 49], 'answers')
      equal((await row(store, 'a'))?.record, `${answers.findIndex(({ kind }) => kind === 'held')}`, 'record')
      equal(await used(store, hold()), '1', 'sum')
    },
  },
  {
    name: 'of 50 reservations from one state at once exactly one is held',
    async check(store, again) {
      await store.reserve(intent(entry('a', 'approved')))
      const parts = { from: 'approved', holds: [hold({ amount: '1' })] } as const
      const answers = await atOnce([store, await again()], 50, (on) => on.reserve(intent(second('a'), parts)))
      equal([countOf(answers, 'held'), countOf(answers, 'exists')], [1, 49], 'answers')
      equal(await used(store, hold()), '1', 'sum')
    },
  },
  {
    name: 'of 50 advances from one state at once exactly one is true',
    async check(store, again) {
      await hasHeld(store, 'a', hold({ amount: '1' }))
      await hasHeld(store, 'b', hold({ amount: '50' }))
      const answers = await atOnce([store, await again()], 50, (on, number) =>
        on.advance('reserved', second('a', 'dead', { record: `${number}` })),
      )
      equal(answers.filter(Boolean).length, 1, 'winners')
      equal((await row(store, 'a'))?.record, `${answers.indexOf(true)}`, 'record')
      equal(await used(store, hold()), '50', 'sum')
    },
  },
  {
    name: 'of 50 next steps at once that stay in the state exactly one is written',
    async check(store, again) {
      const stores = [store, await again()]
      const parts = { from: 'asked', holds: [hold({ amount: '1' })] } as const
      for (const id of ['a', 'b']) await store.reserve(intent(entry(id, 'asked')))
      const advances = await atOnce(stores, 50, (on, number) =>
        on.advance('asked', second('a', 'asked', { record: `${number}` })),
      )
      equal(advances.filter(Boolean).length, 1, 'advances')
      equal((await row(store, 'a'))?.record, `${advances.indexOf(true)}`, 'record')
      const reservations = await atOnce(stores, 50, (on) => on.reserve(intent(second('b', 'asked'), parts)))
      equal([countOf(reservations, 'held'), countOf(reservations, 'exists')], [1, 49], 'reservations')
      equal(await used(store, hold()), '1', 'sum')
    },
  },
  {
    name: 'of 50 notes set at once over the same one exactly one is true',
    async check(store, again) {
      await hasNoted(store, 'b', 'old')
      const stores = [store, await again()]
      for (const [key, was] of [['a'], ['b', 'old']] as const) {
        const answers = await atOnce(stores, 50, (on, number) => on.remember(setting(key, `${number}`, was)))
        equal(answers.filter(Boolean).length, 1, `winners of ${key}`)
        equal(await noted(store, key), `${answers.indexOf(true)}`, `note ${key}`)
      }
    },
  },
  {
    name: 'of 50 reservations at once that set one note differently exactly one is held',
    async check(store, again) {
      const answers = await atOnce([store, await again()], 50, (on, number) =>
        on.reserve(intent(entry(`p${number}`), { notes: [setting('n', `${number}`)] })),
      )
      equal([countOf(answers, 'held'), countOf(answers, 'changed')], [1, 49], 'answers')
      equal(await noted(store, 'n'), `${answers.findIndex(({ kind }) => kind === 'held')}`, 'note')
      equal((await store.list()).length, 1, 'rows')
    },
  },
  {
    name: 'reservations at once that agree on a note are all held',
    async check(store, again) {
      const answers = await atOnce([store, await again()], 50, (on, number) =>
        on.reserve(intent(entry(`p${number}`), { notes: [setting('n', 'same')] })),
      )
      equal(countOf(answers, 'held'), 50, 'held')
    },
  },
  {
    name: 'reservations at once over two budgets in either order all end, and count alike',
    async check(store, again) {
      const [x, y] = [hold({ key: 'x', amount: '1', limit: '60' }), hold({ key: 'y', amount: '1', limit: '50' })]
      const answers = await atOnce([store, await again()], 120, (on, number) =>
        on.reserve(intent(entry(`p${number}`), { holds: number % 2 ? [x, y] : [y, x] })),
      )
      equal([countOf(answers, 'held'), countOf(answers, 'exceeds')], [50, 70], 'answers')
      equal((await read(store, { holds: [x, y] })).used, ['50', '50'], 'sums')
    },
  },
  {
    name: 'reservations and releases at once leave the exact sum',
    async check(store, again) {
      const one = hold({ amount: '1', limit: '1000' })
      const stores = [store, await again()]
      await atOnce(stores, 60, (on, number) => on.reserve(intent(entry(`old${number}`), { holds: [one] })))
      await atOnce<unknown>(stores, 120, (on, number) =>
        number < 60
          ? on.advance('reserved', second(`old${number}`, number % 3 ? 'dead' : 'settled'))
          : on.reserve(intent(entry(`new${number}`), { holds: [one] })),
      )
      equal(await used(store, one), '80', 'sum')
    },
  },
  {
    name: 'a read sees rows, notes and sums of one moment',
    async check(store, again) {
      const stores = [store, await again()]
      const query = { request: 'r', notes: ['n'], holds: [hold()] }
      let writing = true
      const write = async (): Promise<void> => {
        for (const number of numbers(30)) {
          const note = number ? setting('n', `${number + 1}`, `${number}`) : setting('n', '1')
          const parts = { holds: [hold({ amount: '1' })], notes: [note] }
          const reserved = intent(entry(`p${number}`, 'reserved', { request: 'r' }), parts)
          equal(await store.reserve(reserved), held, `reservation ${number}`)
          await pause()
        }
      }
      const look = async (on: Store): Promise<void> => {
        while (writing) {
          const { entries, notes, used } = await on.read(query)
          const count = `${entries.length}`
          equal([notes, used], [[entries.length ? count : null], [count]], `notes and sums beside ${count} rows`)
          await pause()
        }
      }
      const written = write().finally(() => (writing = false))
      await Promise.all([written, ...stores.map(look)])
    },
  },
  {
    name: 'every row is listed once after a race, and the order stays the same',
    async check(store, again) {
      const stores = [store, await again()]
      await atOnce(stores, 100, (on, number) => on.reserve(intent(entry(`p${number}`))))
      const all = ids(await store.list())
      equal([all.length, new Set(all).size], [100, 100], 'rows and different rows')
      equal(ids(await (stores.at(-1) as Store).open()), all, 'open rows of the other connection')
      equal(ids(await store.list(all[39], 20)), all.slice(40, 60), 'a page')
    },
  },
  {
    name: 'exclusive, where it is offered, runs one act of a purchase at a time and passes on how it ends',
    async check(store, again) {
      const other = await again()
      if (!store.exclusive || !other.exclusive) return
      let running = 0
      const act = async (number: number): Promise<number> => {
        running += 1
        await pause()
        equal(running, 1, 'acts at once')
        running -= 1
        if (number === 3) throw new Error('expected')
        return number
      }
      const ends = await Promise.allSettled(
        numbers(8).map((number) => (number % 2 ? store : other).exclusive?.('a', () => act(number))),
      )
      const values = ends.map((end) => (end.status === 'fulfilled' ? end.value : (end.reason as Error).message))
      equal(values, [0, 1, 2, 'expected', 4, 5, 6, 7], 'ends')
      const nested = await store.exclusive('a', async () => other.exclusive?.('b', async () => 'inside'))
      equal(nested, 'inside', 'another purchase inside')
      equal(await store.reserve(intent(entry('a'))), held, 'reservation after')
      equal(await store.reserve(intent(entry('a'))), exists, 'reservation again')
    },
  },
]
