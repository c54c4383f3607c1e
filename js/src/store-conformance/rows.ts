import type { State } from '../store/store.js'
import { type Check, entry, equal, exists, held, hold, ids, intent, read, row, second, used } from './scene.js'

const open: readonly State[] = ['asked', 'approved', 'reserved', 'signed', 'unknown']
const closed: readonly State[] = ['planned', 'settled', 'refused', 'dead']

const texts = [
  '',
  ' leading and trailing ',
  `quotes ' " \` and \\ and ; -- /* */ $1 ? :a %s`,
  'tab\tline\r\nend',
  'déjà vu, de\u0301ja\u0300 vu',
  '𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🪙 中文 עברית',
  '{"a":[1,2,{"b":null}],"n":1e400}',
  'null',
  '0012345678901234567890123456789012345678',
]

export const rowChecks: Check[] = [
  {
    name: 'a new row is written and read back as it was',
    async check(store) {
      const written = entry('a', 'reserved', { request: 'r', sealed: 's' })
      equal(await store.reserve(intent(written)), held, 'first reservation')
      equal(await read(store, { purchaseId: 'a' }), { entries: [written], notes: [], used: [] }, 'view')
    },
  },
  {
    name: 'members that were absent stay absent',
    async check(store) {
      await store.reserve(intent(entry('a')))
      equal(await row(store, 'a'), entry('a'), 'row')
    },
  },
  {
    name: 'a row that is unknown is not found',
    async check(store) {
      await store.reserve(intent(entry('a')))
      equal(await read(store, { purchaseId: 'b' }), { entries: [], notes: [], used: [] }, 'view')
    },
  },
  {
    name: 'an id that is taken exists, whatever the state, and its row stays',
    async check(store) {
      for (const state of [...open, ...closed]) {
        const first = entry(state, state, { sealed: 'first' })
        equal(await store.reserve(intent(first)), held, `first ${state}`)
        equal(await store.reserve(intent(entry(state))), exists, `again ${state}`)
        equal(await store.reserve(intent(second(state))), exists, `next step of ${state}`)
        equal(await row(store, state), first, `row ${state}`)
      }
    },
  },
  {
    name: 'reserving from a state replaces the row that is in it',
    async check(store) {
      await store.reserve(intent(entry('a', 'approved', { request: 'r', sealed: 's' })))
      const next = second('a', 'reserved', { record: '{}' })
      equal(await store.reserve(intent(next, { from: 'approved' })), held, 'reservation')
      equal(await row(store, 'a'), next, 'row')
    },
  },
  {
    name: 'reserving from a state the row is not in, or without a row, exists and writes nothing',
    async check(store) {
      const first = entry('a', 'asked')
      await store.reserve(intent(first))
      const parts = { from: 'approved', holds: [hold()], notes: [{ key: 'n', value: 'v' }] } as const
      equal(await store.reserve(intent(second('a'), parts)), exists, 'wrong state')
      equal(await store.reserve(intent(second('b'), parts)), exists, 'no row')
      equal(await row(store, 'a'), first, 'row a')
      equal(await read(store, { purchaseId: 'b', notes: ['n'] }), { entries: [], notes: [null], used: [] }, 'view')
      equal(await used(store, hold()), '0', 'sum')
    },
  },
  {
    name: 'advance replaces the whole row that is in the state, and says so',
    async check(store) {
      await store.reserve(intent(entry('a', 'reserved', { request: 'r', sealed: 's' })))
      const signed = second('a', 'signed', { sealed: 't' })
      equal(await store.advance('reserved', signed), true, 'answer')
      equal(await row(store, 'a'), signed, 'row')
      const settled = entry('a', 'settled', { step: 3 })
      equal(await store.advance('signed', settled), true, 'answer')
      equal(await row(store, 'a'), settled, 'row')
    },
  },
  {
    name: 'advance into the same state replaces the row too',
    async check(store) {
      await store.reserve(intent(entry('a', 'unknown')))
      const next = second('a', 'unknown', { record: '{"tries":2}' })
      equal(await store.advance('unknown', next), true, 'answer')
      equal(await row(store, 'a'), next, 'row')
    },
  },
  {
    name: 'advance from another state, or of no row, is false and changes nothing',
    async check(store) {
      await store.reserve(intent(entry('a'), { holds: [hold()] }))
      equal(await store.advance('signed', second('a', 'dead')), false, 'wrong state')
      equal(await store.advance('reserved', second('b', 'dead')), false, 'no row')
      equal(await row(store, 'a'), entry('a'), 'row a')
      equal(await row(store, 'b'), undefined, 'row b')
      equal(await used(store, hold()), '10', 'sum')
    },
  },
  {
    name: 'a new row may have any step, and the next one follows it',
    async check(store) {
      for (const step of [1, 2, 7, 300]) {
        const [first, next] = [entry(`${step}`, 'unknown', { step }), entry(`${step}`, 'unknown', { step: step + 1 })]
        equal(await store.reserve(intent(first)), held, `reservation at ${step}`)
        equal(await row(store, `${step}`), first, `row at ${step}`)
        equal(await store.advance('unknown', next), true, `advance from ${step}`)
        equal(await row(store, `${step}`), next, `row after ${step}`)
      }
    },
  },
  {
    name: 'advance does not replace a row that came back to the same state after it was read',
    async check(store) {
      await store.reserve(intent(entry('a', 'unknown'), { holds: [hold()] }))
      const first = second('a', 'unknown', { record: '"first"' })
      equal(await store.advance('unknown', first), true, 'who was first')
      for (const state of ['unknown', 'settled', 'dead'] as const)
        equal(await store.advance('unknown', second('a', state)), false, `who was late, to ${state}`)
      equal(await store.advance('unknown', entry('a', 'dead')), false, 'a step back')
      equal(await store.advance('unknown', entry('a', 'dead', { step: 4 })), false, 'a step left out')
      equal(await row(store, 'a'), first, 'row')
      equal(await used(store, hold()), '10', 'sum')
      await store.advance('unknown', entry('a', 'settled', { step: 3 }))
      await store.advance('settled', entry('a', 'unknown', { step: 4 }))
      equal(await store.advance('unknown', entry('a', 'dead', { step: 3 })), false, 'who read it two steps before')
      equal(await store.advance('unknown', entry('a', 'dead', { step: 5 })), true, 'who read it now')
    },
  },
  {
    name: 'reserving does not replace a row that came back to the same state after it was read, and writes nothing',
    async check(store) {
      await store.reserve(intent(entry('a', 'asked')))
      const parts = { from: 'asked', holds: [hold()] } as const
      const first = second('a', 'asked', { record: '"first"' })
      equal(await store.reserve(intent(first, parts)), held, 'who was first')
      const late = { ...parts, notes: [{ key: 'n', value: 'v' }] }
      equal(await store.reserve(intent(second('a'), late)), exists, 'who was late')
      equal(await store.reserve(intent(entry('a'), late)), exists, 'a step back')
      equal(await store.reserve(intent(entry('a', 'reserved', { step: 4 }), late)), exists, 'a step left out')
      const view = { entries: [first], notes: [null], used: ['10'] }
      equal(await read(store, { purchaseId: 'a', notes: ['n'], holds: [hold()] }), view, 'view')
      equal(await store.reserve(intent(entry('a', 'reserved', { step: 3 }), late)), held, 'who read it now')
    },
  },
  {
    name: 'a request finds the rows that are open, newest first, and no others',
    async check(store) {
      for (const state of [...open, ...closed]) await store.reserve(intent(entry(state, state, { request: 'r' })))
      await store.reserve(intent(entry('other', 'asked', { request: 'q' })))
      await store.reserve(intent(entry('none', 'asked')))
      const found = await read(store, { request: 'r' })
      equal(ids(found.entries), [...open].reverse(), 'ids')
      equal((await read(store, { request: 'nothing' })).entries, [], 'rows of an unknown request')
      equal((await read(store, {})).entries, [], 'rows of no request')
    },
  },
  {
    name: 'a request finds a row as it was last written',
    async check(store) {
      for (const id of ['a', 'b', 'c']) await store.reserve(intent(entry(id, 'asked', { request: 'r' })))
      await store.advance('asked', second('a', 'approved', { request: 'r' }))
      await store.advance('asked', second('b', 'approved', { request: 'q' }))
      await store.advance('asked', second('c', 'approved'))
      equal((await read(store, { request: 'r' })).entries, [second('a', 'approved', { request: 'r' })], 'rows of r')
      equal(ids((await read(store, { request: 'q' })).entries), ['b'], 'rows of q')
      await store.advance('approved', entry('a', 'settled', { request: 'r', step: 3 }))
      equal((await read(store, { request: 'r' })).entries, [], 'rows of r, settled')
      await store.advance('settled', entry('a', 'unknown', { request: 'r', step: 4 }))
      equal(ids((await read(store, { request: 'r' })).entries), ['a'], 'rows of r, open again')
    },
  },
  {
    name: 'newest is who was written first last, not who changed last',
    async check(store) {
      for (const id of ['a', 'b', 'c']) await store.reserve(intent(entry(id, 'asked', { request: 'r' })))
      await store.advance('asked', second('a', 'approved', { request: 'r' }))
      equal(ids((await read(store, { request: 'r' })).entries), ['c', 'b', 'a'], 'ids')
    },
  },
  {
    name: 'a request finds 64 rows at most, the newest',
    async check(store) {
      const all = Array.from({ length: 70 }, (_, number) => `p${number}`)
      for (const id of all) await store.reserve(intent(entry(id, 'asked', { request: 'r' })))
      equal(ids((await read(store, { request: 'r' })).entries), all.reverse().slice(0, 64), 'ids')
    },
  },
  {
    name: 'a request is ignored beside a purchase id',
    async check(store) {
      await store.reserve(intent(entry('a', 'asked', { request: 'r' })))
      await store.reserve(intent(entry('b', 'asked')))
      equal(ids((await read(store, { purchaseId: 'b', request: 'r' })).entries), ['b'], 'ids')
      equal((await read(store, { purchaseId: 'c', request: 'r' })).entries, [], 'rows of an unknown id')
    },
  },
  {
    name: 'texts come back as they were, also as ids and keys',
    async check(store) {
      for (const [number, text] of texts.entries()) {
        const id = `${number} ${text}`
        const written = entry(id, 'asked', { request: id, record: text, sealed: text })
        const parts = { holds: [hold({ key: id, amount: String(number) })], notes: [{ key: id, value: text }] }
        equal(await store.reserve(intent(written, parts)), held, `reservation ${number}`)
        const view = await read(store, { request: id, notes: [id], holds: [hold({ key: id })] })
        equal(view, { entries: [written], notes: [text], used: [String(number)] }, `view ${number}`)
        equal(await row(store, id), written, `row ${number}`)
        equal(await store.advance('asked', { ...written, state: 'dead', step: 2 }), true, `advance ${number}`)
        equal(await used(store, hold({ key: id })), '0', `sum ${number} after`)
      }
    },
  },
  {
    name: 'ids and keys that look alike are different',
    async check(store) {
      const alike = [
        'a',
        'A',
        'a ',
        ' a',
        'å',
        'a\u030a',
        '__proto__',
        'constructor',
        'toString',
        'a*',
        'a%',
        'a:b',
        'a_b',
      ]
      for (const [number, key] of alike.entries()) {
        const parts = { holds: [hold({ key, amount: String(number + 1) })], notes: [{ key, value: key }] }
        equal(await store.reserve(intent(entry(key, 'asked', { request: key }), parts)), held, `reservation of ${key}`)
      }
      for (const [number, key] of alike.entries()) {
        const view = await read(store, { request: key, notes: [key], holds: [hold({ key })] })
        equal(ids(view.entries), [key], `rows of ${key}`)
        equal([view.notes, view.used], [[key], [String(number + 1)]], `note and sum of ${key}`)
        equal((await row(store, key))?.purchaseId, key, `row ${key}`)
      }
      equal(ids(await store.list()), alike, 'all ids')
    },
  },
  {
    name: 'a text of 100 000 characters comes back whole',
    async check(store) {
      const long = '0123456789 é 中 🪙 '.repeat(6_000).slice(0, 100_000)
      const written = entry('a', 'reserved', { record: long, sealed: long })
      equal(
        await store.reserve(intent(written, { notes: [{ key: 'n', value: long.slice(0, 10_000) }] })),
        held,
        'answer',
      )
      const view = await read(store, { purchaseId: 'a', notes: ['n'] })
      equal(view, { entries: [written], notes: [long.slice(0, 10_000)], used: [] }, 'view')
    },
  },
  {
    name: 'what the caller does to its objects later changes nothing',
    async check(store) {
      const mine = { ...entry('a'), holds: [hold()] }
      await store.reserve(intent(mine, { holds: mine.holds }))
      mine.record = 'other'
      mine.holds[0] = hold({ amount: '99' })
      const given = await row(store, 'a')
      equal(given?.record, entry('a').record, 'record')
      if (given) given.state = 'dead'
      equal((await row(store, 'a'))?.state, 'reserved', 'state')
      equal(
        (await store.list()).map(({ state }) => state),
        ['reserved'],
        'listed state',
      )
      equal(await used(store, hold()), '10', 'sum')
    },
  },
]
