// The example of a test, as a person runs it; and run on an agent that is wrong, which it must find.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { installTarball } from '../runtime/harness/installed.mjs'

const read = (name) => readFileSync(new URL(`../../examples/sandbox/${name}`, import.meta.url), 'utf8')
const folder = installTarball()

/** Runs the example's test on an agent of this source. */
function tested(agent) {
  writeFileSync(join(folder, 'agent.mjs'), agent)
  writeFileSync(join(folder, 'agent.test.mjs'), read('agent.test.mjs'))
  // Set by the runner of this very test; with it the inner one would report to it.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const options = { cwd: folder, env, encoding: 'utf8' }
  const { status, stdout } = spawnSync(process.execPath, ['--test', '--test-reporter=spec', 'agent.test.mjs'], options)
  return { status, stdout }
}

test('the example passes, and prints who owes what after five payments', () => {
  const { status, stdout } = tested(read('agent.mjs'))
  assert.equal(status, 0, stdout)
  assert.match(stdout, /pass 2\n/)
  const owed = [...stdout.matchAll(/^0x[0-9a-fA-F]{40} is owed (\S+) USDC$/gm)].map(([, amount]) => Number(amount))
  assert.deepEqual(owed.toSorted(), [0.01, 0.02, 0.03, 0.04, 0.05])
  assert.equal(stdout.match(/^0x[0-9a-fA-F]{40} owes 0\.15 USDC$/gm)?.length, 1, stdout)
})

test('the example finds an agent that pays again after a lost answer', () => {
  const { status, stdout } = tested(read('agent.mjs').replace(/purchaseId: `[^`]*`/, 'purchaseId: crypto.randomUUID()'))
  assert.equal(status, 1)
  assert.match(stdout, /✖ an answer that is lost after paying is not paid for twice/)
  assert.match(stdout, /✔ the agent buys from five sellers/)
})

test('the test of an agent fits into 60 lines', () => {
  assert.ok(read('agent.test.mjs').trim().split('\n').length <= 60)
})
