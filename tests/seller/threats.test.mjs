// Every attack on sellers (threats S1 to S35, invariants I24 to I29) has a test that is still there, or a reason why not.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const answers = JSON.parse(readFileSync(new URL('threats.json', import.meta.url), 'utf8'))
const numbers = [
  ...Array.from({ length: 35 }, (_, index) => `S${index + 1}`),
  ...Array.from({ length: 6 }, (_, index) => `I${index + 24}`),
]

test('no attack is left out, and none is made up', () => assert.deepEqual(Object.keys(answers), numbers))

for (const number of numbers) {
  test(`${number} has the tests that are named for it`, () => {
    const { tests, because } = answers[number]
    assert.ok(tests.length > 0 || because, 'neither a test nor a reason')
    for (const named of tests) {
      const [, file, sentence] = /^([^:]+): (.+)$/.exec(named)
      const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
      const found = file.endsWith('.rs') ? new RegExp(`#\\[test\\]\\s+fn ${sentence}\\(`).test(text) : text.includes(sentence)
      assert.ok(found, `tests/${file} has no test "${sentence}"`)
    }
  })
}
