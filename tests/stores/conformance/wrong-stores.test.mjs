// The suite itself: a right store passes it, and every wrong one breaks a sentence of it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { brokenSentences, checkStore } from './run-suite.mjs'
import { plainStore } from './plain-store.mjs'
import { flaws } from './wrong-stores.mjs'

checkStore('a plain store', () => plainStore())

describe('the suite rejects a store where', () => {
  for (const [flaw, parts] of Object.entries(flaws)) {
    test(flaw, { timeout: 60_000 }, async (t) => {
      const broken = await brokenSentences(() => plainStore(parts))
      assert.ok(broken.length > 0, 'no sentence was broken')
      t.diagnostic(`${broken.length} broken, first: ${broken[0].name}: ${broken[0].message}`)
    })
  }

  test('a second connection sees nothing of the first', async () => {
    const broken = await brokenSentences(() => plainStore({ durability: 'durable' }), {
      reopen: () => plainStore({ durability: 'durable' }),
    })
    assert.ok(broken.some(({ name }) => name === 'a second connection finds rows, notes and sums'))
  })

  test('a newer schema is opened', async () => {
    const options = { reopen: (store) => store, makeNewer() {} }
    const broken = await brokenSentences(() => plainStore({ durability: 'durable' }), options)
    assert.deepEqual(
      broken.map(({ name }) => name),
      ['what a newer version has written is refused'],
    )
  })

  test('exclusive acts run at once', async () => {
    const exclusive = (_, act) => act()
    const broken = await brokenSentences(() => ({ ...plainStore(), exclusive }))
    assert.deepEqual(
      broken.map(({ name }) => name.slice(0, 9)),
      ['exclusive'],
    )
  })

  test('exclusive never ends a failed act', async () => {
    let last = Promise.resolve()
    const exclusive = (id, act) => (id === 'b' ? act() : (last = last.then(act).catch(() => 'swallowed')))
    const broken = await brokenSentences(() => ({ ...plainStore(), exclusive }))
    assert.deepEqual(
      broken.map(({ name }) => name.slice(0, 9)),
      ['exclusive'],
    )
  })
})
