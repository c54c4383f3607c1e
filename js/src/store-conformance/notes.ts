import { changed, type Check, entry, equal, exceeds, exists, hasNoted, held, hold } from './scene.js'
import { intent, noted, read, row, setting, used } from './scene.js'

export const noteChecks: Check[] = [
  {
    name: 'a note is null before anything is noted, and notes answer in the order of the query',
    async check(store) {
      await hasNoted(store, 'b', '2')
      await hasNoted(store, 'a', '1')
      equal((await read(store, { notes: ['a', 'x', 'b', 'a'] })).notes, ['1', null, '2', '1'], 'notes')
    },
  },
  {
    name: 'remember sets a note that is what it was, and no other',
    async check(store) {
      equal(await store.remember(setting('n', 'one', 'zero')), false, 'nothing was noted')
      equal(await noted(store, 'n'), null, 'note')
      equal(await store.remember(setting('n', 'one')), true, 'nothing for yet')
      equal(await store.remember(setting('n', 'two')), false, 'something is noted')
      equal(await store.remember(setting('n', 'two', 'zero')), false, 'something else is noted')
      equal(await noted(store, 'n'), 'one', 'note')
      equal(await store.remember(setting('n', 'two', 'one')), true, 'what it was')
      equal(await noted(store, 'n'), 'two', 'note')
    },
  },
  {
    name: 'remember is false for a note that is not what it was, also when it has the new value',
    async check(store) {
      await hasNoted(store, 'n', 'one')
      equal(await store.remember(setting('n', 'one')), false, 'a second claim')
      equal(await store.remember(setting('n', 'one', 'zero')), false, 'a late change')
      equal(await noted(store, 'n'), 'one', 'note')
    },
  },
  {
    name: 'remember without a value compares and changes nothing',
    async check(store) {
      equal(await store.remember({ key: 'n' }), true, 'nothing, nothing noted')
      equal(await store.remember({ key: 'n', was: 'one' }), false, 'one, nothing noted')
      equal(await noted(store, 'n'), null, 'note')
      await hasNoted(store, 'n', 'one')
      equal(await store.remember({ key: 'n' }), false, 'nothing, one noted')
      equal(await store.remember({ key: 'n', was: 'one' }), true, 'one, one noted')
      equal(await noted(store, 'n'), 'one', 'note')
    },
  },
  {
    name: 'an empty text is a note, not nothing',
    async check(store) {
      await hasNoted(store, 'n', '')
      equal(await noted(store, 'n'), '', 'note')
      equal(await store.remember(setting('n', 'one')), false, 'nothing, empty noted')
      equal(await store.reserve(intent(entry('a'), { notes: [{ key: 'n' }] })), changed('n'), 'nothing, empty noted')
      equal(await store.remember(setting('n', 'one', '')), true, 'empty, empty noted')
    },
  },
  {
    name: 'a reservation sets its notes',
    async check(store) {
      await hasNoted(store, 'a', 'old')
      await hasNoted(store, 'c', 'kept')
      const notes = [setting('a', 'new', 'old'), setting('b', 'new'), { key: 'c', was: 'kept' }, { key: 'd' }]
      equal(await store.reserve(intent(entry('p'), { notes })), held, 'answer')
      equal((await read(store, { notes: ['a', 'b', 'c', 'd'] })).notes, ['new', 'new', 'kept', null], 'notes')
    },
  },
  {
    name: 'a reservation whose note is not what it was is changed, names the first, and does nothing',
    async check(store) {
      await hasNoted(store, 'b', 'other')
      await hasNoted(store, 'c', 'other')
      const notes = [setting('a', 'new'), setting('b', 'new', 'old'), setting('c', 'new', 'old')]
      equal(await store.reserve(intent(entry('p'), { notes, holds: [hold()] })), changed('b'), 'answer')
      equal((await read(store, { notes: ['a', 'b', 'c'] })).notes, [null, 'other', 'other'], 'notes')
      equal(await row(store, 'p'), undefined, 'row')
      equal(await used(store, hold()), '0', 'sum')
      equal(await store.list(), [], 'rows')
    },
  },
  {
    name: 'a reservation compares where nothing was, and where nothing is set',
    async check(store) {
      await hasNoted(store, 'n', 'one')
      const answers = [
        [{ key: 'n' }, changed('n')],
        [{ key: 'n', was: 'two' }, changed('n')],
        [setting('n', 'two'), changed('n')],
        [{ key: 'x', was: 'one' }, changed('x')],
        [setting('x', 'two', 'one'), changed('x')],
        [{ key: 'x' }, held],
        [{ key: 'n', was: 'one' }, held],
      ] as const
      for (const [number, [note, answer]] of answers.entries())
        equal(await store.reserve(intent(entry(`p${number}`), { notes: [note] })), answer, `answer ${number}`)
      equal((await read(store, { notes: ['n', 'x'] })).notes, ['one', null], 'notes')
    },
  },
  {
    name: 'in a reservation a note that already has the new value is as good as the old one',
    async check(store) {
      await hasNoted(store, 'n', 'new')
      equal(await store.reserve(intent(entry('a'), { notes: [setting('n', 'new')] })), held, 'nothing was')
      equal(await store.reserve(intent(entry('b'), { notes: [setting('n', 'new', 'old')] })), held, 'old was')
      equal(await noted(store, 'n'), 'new', 'note')
    },
  },
  {
    name: 'the row is checked before the notes, and the notes before the budgets',
    async check(store) {
      await store.reserve(intent(entry('a')))
      await hasNoted(store, 'n', 'other')
      const [notes, over] = [[setting('n', 'new', 'old')], [hold({ amount: '101' })]]
      equal(await store.reserve(intent(entry('a'), { notes, holds: over })), exists, 'all three are wrong')
      equal(await store.reserve(intent(entry('b'), { notes, holds: over })), changed('n'), 'two are wrong')
      equal(await store.reserve(intent(entry('b'), { holds: over })), exceeds('day', '0'), 'one is wrong')
    },
  },
]
