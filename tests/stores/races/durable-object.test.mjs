// The same race in workerd: two Workers, many requests to each at once, one Durable Object.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { installed } from '../package-under-test.mjs'
import { newFolder } from '../servers/place.mjs'
import { callsFor } from './buying.mjs'
import { startSeller, stopAll } from './places.mjs'
import { BUDGET, compare, isFair, race, summary } from './truth.mjs'

const options = { timeout: 120_000 }
afterEach(stopAll)

test('1 000 payers in twenty requests to two Workers pay exactly 100 times', options, async (context) => {
  const [seller, workers] = await Promise.all([startSeller(), startWorkers(newFolder('objects'))])
  const calls = callsFor(1_000, 20)
  const { tallies, seconds } = await race(
    calls.map(
      (ids, number) => () => workers.ask({ second: number % 2 === 1, ids, origin: seller.origin, budget: BUDGET }),
    ),
  )
  const verdict = await compare({ seller, store: workers.store, tallies })
  workers.kill()
  for (const line of summary('Durable Object', { payers: 1_000, seconds, tallies, ...verdict }))
    context.diagnostic(line)
  assert.equal(verdict.paid, BUDGET)
  isFair(tallies)
})

test('400 payers with failing writes and workerd killed never pay twice or too much', options, async (context) => {
  const storage = newFolder('objects')
  const [seller, first] = await Promise.all([startSeller(), startWorkers(storage)])
  const calls = callsFor(400, 8)
  const buy = (workers, seed) =>
    calls.map(
      (ids, number) => () =>
        workers.ask({
          second: number % 2 === 1,
          ids,
          origin: seller.origin,
          budget: BUDGET,
          faults: 0.1,
          seed: seed + number,
        }),
    )
  const running = race(buy(first, 1).map((ask) => () => ask().catch(() => undefined)))
  await seller.paid(30, running)
  first.kill()
  const cutOff = (await running).tallies.filter((tally) => tally === undefined).length
  assert.ok(cutOff > 0, 'the kill came too late')
  // The same purchases again, on what the killed one left on the disk.
  const second = await startWorkers(storage)
  const { tallies, seconds } = await race(buy(second, 100))
  const verdict = await compare({ seller, store: second.store, tallies })
  second.kill()
  context.diagnostic(`Durable Object: workerd killed, ${cutOff} of 8 requests cut off`)
  for (const line of summary('Durable Object', { payers: 400, seconds, tallies, ...verdict })) context.diagnostic(line)
  assert.ok(verdict.paid > 30)
})

/** The two Workers in a process of their own. */
async function startWorkers(storage) {
  const program = fileURLToPath(new URL('workers/serve.mjs', import.meta.url))
  const args = [program, JSON.stringify({ folder: installed(), storage })]
  const child = spawn(process.execPath, args, { detached: true, stdio: ['pipe', 'pipe', 'inherit'] })
  const kill = () => {
    process.removeListener('exit', kill)
    // The whole group: workerd is a child of this child.
    process.kill(-child.pid, 'SIGKILL')
  }
  process.on('exit', kill)
  const [url] = await Promise.race([
    once(child.stdout.setEncoding('utf8'), 'data'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`cannot start workerd: it ended with ${code}`))),
  ])
  async function ask(body) {
    const answer = await fetch(url.trim(), { method: 'POST', body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`cannot ask the Worker: status ${answer.status}, ${await answer.text()}`)
    return answer.json()
  }
  const call =
    (method) =>
    (...args) =>
      ask({ method, args })
  return { ask, kill, store: { list: call('list'), read: call('read') } }
}
