// What every store on a server must survive. Each scene asserts, and answers figures worth printing.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { installed } from '../package-under-test.mjs'
import { openStore } from './clients.mjs'

export const hold = (over = {}) => ({
  key: 'all',
  amount: '1',
  limit: '100',
  bucket: 1,
  keep: 1,
  until: 'proof',
  ...over,
})

export const row = (purchaseId, state = 'reserved', step = 1) => {
  return { purchaseId, state, step, record: `{"id":"${purchaseId}"}` }
}

export const intent = (purchaseId, holds = [hold()], notes = []) => ({ entry: row(purchaseId), holds, notes })

/** Four processes reserve 250 times each against a budget for 100. */
export async function race(load, library, url, place) {
  const seat = await openStore(load, library, url, place)
  const racers = ['a', 'b', 'c', 'd'].map((name) => startRacer(library, url, place, name))
  await Promise.all(racers.map((racer) => racer.ready))
  const started = performance.now()
  const tallies = await Promise.all(racers.map((racer) => racer.go()))
  const seconds = (performance.now() - started) / 1_000
  const sum = (kind) => tallies.reduce((total, tally) => total + (tally[kind] ?? 0), 0)
  assert.deepEqual([sum('held'), sum('exceeds'), sum('rejected')], [100, 900, 0])
  assert.deepEqual((await seat.store.read({ notes: [], holds: [hold()] })).used, ['100'])
  assert.equal((await seat.store.list()).length, 100)
  await seat.close()
  return { perSecond: Math.round(1_000 / seconds) }
}

function startRacer(library, url, place, name) {
  const args = [fileURLToPath(new URL('racer.mjs', import.meta.url)), library, url, place, name, '250']
  const dist = { FARTHING_INSTALLED: installed() }
  const child = spawn(process.execPath, args, { env: { ...process.env, ...dist }, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdout.setEncoding('utf8')
  const line = async () => {
    const [text] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
    assert.equal(typeof text, 'string', `racer ${name} ended with ${text}`)
    return text
  }
  return {
    ready: line(),
    async go() {
      child.stdin.end('go\n')
      return JSON.parse(await line())
    },
  }
}

/** The server dies in the middle of 200 reservations from eight connections, against a budget for 150. */
export async function crash(load, library, server, place, options) {
  const limited = hold({ limit: '150' })
  const open = () => openStore(load, library, server.url, place, options)
  const seats = await Promise.all(Array.from({ length: 8 }, open))
  for (const { store } of seats) await store.read({ notes: [], holds: [] })
  const confirmed = []
  let rejected = 0
  let killing
  const tries = Array.from({ length: 200 }, async (_, number) => {
    await new Promise((resolve) => setTimeout(resolve, number))
    try {
      const answer = await seats[number % 8].store.reserve(intent(`p${number}`, [limited]))
      assert.equal(answer.kind, 'held')
      confirmed.push(`p${number}`)
    } catch (thrown) {
      assert.match(thrown.message, /^cannot reserve a purchase in /)
      rejected += 1
    }
    if (confirmed.length >= 40) killing ??= server.kill()
  })
  await Promise.all(tries)
  await killing
  assert.ok(confirmed.length >= 40 && rejected > 0, `${confirmed.length} confirmed, ${rejected} rejected`)
  for (const seat of seats) await seat.close()

  await server.restart()
  const { store, close } = await open()
  const kept = new Set((await store.list()).map(({ purchaseId }) => purchaseId))
  for (const id of confirmed) assert.ok(kept.has(id), `${id} was confirmed and is gone`)
  const used = async () => Number((await store.read({ notes: [], holds: [limited] })).used[0])
  assert.equal(await used(), kept.size)
  // The budget goes on where it was, up to its limit and not above.
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, number) => store.reserve(intent(`q${number}`, [limited]))),
  )
  assert.equal(answers.filter(({ kind }) => kind === 'held').length, 150 - kept.size)
  assert.equal(await used(), 150)
  await close()
  return { confirmed: confirmed.length, rejected, kept: kept.size }
}

/** Reserves as fast as eight connections go for a second and a half, each against a budget of its own or all of one. */
export async function pace(load, library, url, place, keyOf) {
  const seats = await Promise.all(Array.from({ length: 8 }, () => openStore(load, library, url, place)))
  const end = performance.now() + 1_500
  let count = 0
  const workers = Array.from({ length: 32 }, async (_, worker) => {
    const { store } = seats[worker % 8]
    for (let number = 0; performance.now() < end; number += 1) {
      const answer = await store.reserve(
        intent(`${worker}-${number}`, [hold({ key: keyOf(worker), limit: '1000000' })]),
      )
      assert.equal(answer.kind, 'held')
      count += 1
    }
  })
  await Promise.all(workers)
  for (const seat of seats) await seat.close()
  return { perSecond: Math.round(count / 1.5) }
}
