// The example of a shared budget, as a person runs it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const example = (name) => fileURLToPath(new URL(`../../examples/shared-budget/${name}`, import.meta.url))

test('40 simultaneous purchases against a budget for 5 pay 5, also when workerd is killed in the middle', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [example('run.mjs')])
  const [calm, killed] = stdout.split('The same, with workerd killed')
  const paidIn = (text) => Number(/paid on the chain: (\d+)/.exec(text)[1])
  assert.equal(Number(/delivered: (\d+)/.exec(calm)[1]), 5)
  assert.equal(paidIn(calm), 5)
  assert.ok(Number(/cut off: (\d+)/.exec(killed)[1]) > 0, 'the kill came in the middle')
  const left = Number(/ever left: (\d+)/.exec(killed)[1])
  assert.ok(left >= 1 && left <= 5, `${left} payments left`)
  assert.ok(paidIn(killed) >= 1 && paidIn(killed) <= left, stdout)
})

test('the Worker of the shared budget fits into 15 lines', () => {
  assert.ok(readFileSync(example('worker.js'), 'utf8').trim().split('\n').length <= 15)
})
