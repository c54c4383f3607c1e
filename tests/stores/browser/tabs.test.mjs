// Two tabs of one person against one budget, and what is left when a tab or the browser dies in the middle.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startSite } from './site.mjs'

let site
before(async () => (site = await startSite()))
after(() => site?.stop())

test('1 000 reservations of two tabs against a budget for 100: exactly 100 are held', async () => {
  const tabs = [await site.tab(), await site.tab()]
  const startedAt = performance.now()
  const outcomes = await Promise.all(
    tabs.map((tab, number) =>
      tab.evaluate(async (number) => {
        const store = indexedDbStore({ name: 'race' })
        const reserve = (count) => store.reserve(intent(`${number}-${count}`, { amount: '3', limit: '300' }))
        const asked = Array.from({ length: 500 }, (_, count) => reserve(count))
        return Promise.all(asked)
      }, number),
    ),
  )
  const seconds = (performance.now() - startedAt) / 1000
  const all = outcomes.flat()
  const held = all.filter(({ kind }) => kind === 'held')
  const refused = all.filter(({ kind }) => kind === 'exceeds')
  const { rows, used } = await tabs[0].evaluate(async () => {
    const store = indexedDbStore({ name: 'race' })
    return { rows: await allRows(store), used: await usedIn(store) }
  })
  assert.equal(all.length, 1_000)
  assert.equal(held.length, 100)
  assert.equal(refused.length, 900)
  assert.ok(refused.every(({ key, used }) => key === 'budget' && used === '300'))
  assert.equal(rows.length, 100)
  assert.equal(used, '300')
  const wins = outcomes.map((outcome) => outcome.filter(({ kind }) => kind === 'held').length)
  console.log(`race: ${Math.round(1_000 / seconds)} reservations per second, overshoot ${rows.length - 100}`)
  console.log(`race: the tabs held ${wins.join(' and ')}`)
  for (const tab of tabs) await tab.close()
})

test('two tabs that hold all they ask for lose nothing, and each write waited for the disk', async () => {
  const tabs = [await site.tab(), await site.tab()]
  const startedAt = performance.now()
  await Promise.all(
    tabs.map((tab, number) =>
      tab.evaluate(async (number) => {
        const store = indexedDbStore({ name: 'sum' })
        const reserve = (count) => store.reserve(intent(`${number}-${count}`, { amount: String(count) }))
        await Promise.all(Array.from({ length: 250 }, (_, count) => reserve(count)))
      }, number),
    ),
  )
  const seconds = (performance.now() - startedAt) / 1000
  assert.equal(await tabs[1].evaluate(() => usedIn(indexedDbStore({ name: 'sum' }))), String(2 * ((249 * 250) / 2)))
  console.log(`sum: ${Math.round(500 / seconds)} held reservations per second`)
  for (const tab of tabs) await tab.close()
})

const deaths = {
  'a closed tab': async (tab) => tab.close(),
  'a crashed tab': (tab) => site.crash(tab),
  'a killed browser': () => site.killBrowser(),
}

for (const [what, die] of Object.entries(deaths)) {
  test(`${what} loses no confirmed write, and the sums equal the rows`, async () => {
    const name = what.replaceAll(' ', '-')
    const confirmed = new Map()
    const enough = Promise.withResolvers()
    const tab = await site.tab()
    const survivor = await site.tab()
    await tab.exposeFunction('confirm', (purchaseId, state) => {
      confirmed.set(purchaseId, state)
      if (confirmed.size === 60) enough.resolve()
    })
    await tab.evaluate((name) => buyForEver(indexedDbStore({ name }), 'first', 8, confirm), name)
    await survivor.evaluate((name) => buyForEver(indexedDbStore({ name }), 'second', 2, () => {}), name)
    await enough.promise
    await die(tab)

    const fresh = await site.tab()
    // A tab that survived went on buying; it stops here, so that rows and sum are read at rest.
    if (!survivor.isClosed()) await survivor.close()
    const { rows, used, open } = await fresh.evaluate(async (name) => {
      const store = indexedDbStore({ name })
      return { rows: await allRows(store), used: await usedIn(store), open: await store.open() }
    }, name)
    const states = new Map(rows.map(({ purchaseId, state }) => [purchaseId, state]))
    const order = ['reserved', 'signed', 'settled', 'refused']
    for (const [purchaseId, state] of confirmed) {
      const found = states.get(purchaseId)
      assert.ok(order.indexOf(found) >= order.indexOf(state), `${purchaseId} was ${state} and is ${found}`)
    }
    const counting = rows.filter(({ state }) => state !== 'refused')
    assert.equal(used, String(counting.reduce((sum, { record }) => sum + BigInt(JSON.parse(record).amount), 0n)))
    const unfinished = rows.filter(({ state }) => state === 'reserved' || state === 'signed')
    assert.deepEqual(open, unfinished)
    assert.ok(confirmed.size >= 60 && rows.some(({ purchaseId }) => purchaseId.startsWith('second')))
    console.log(`${what}: ${confirmed.size} purchases confirmed, ${rows.length} rows, ${open.length} open`)
    await fresh.close()
  })
}

test('exclusive lets one tab at a time act on a purchase, and others on other purchases', async () => {
  const tabs = [await site.tab(), await site.tab()]
  let [inside, most, entered] = [0, 0, 0]
  for (const tab of tabs) {
    await tab.exposeFunction('enter', () => {
      inside++
      entered++
      most = Math.max(most, inside)
    })
    await tab.exposeFunction('leave', () => void inside--)
  }
  const compete = (same) =>
    Promise.all(
      tabs.map((tab, number) =>
        tab.evaluate(
          async ({ same, number }) => {
            const store = indexedDbStore({ name: 'exclusive' })
            const act = async () => {
              await enter()
              await leave()
            }
            const turns = Array.from({ length: 25 }, (_, count) => (same ? 'p' : `p-${number}-${count}`))
            await Promise.all(turns.map((purchaseId) => store.exclusive(purchaseId, act)))
          },
          { same, number },
        ),
      ),
    )
  await compete(true)
  assert.deepEqual({ inside, most, entered }, { inside: 0, most: 1, entered: 50 })
  await compete(false)
  assert.ok(most > 1, 'purchases with different ids waited for one another')
  for (const tab of tabs) await tab.close()
})

test('exclusive gives back what the act gives back, and throws what it throws', async () => {
  const tab = await site.tab()
  const seen = await tab.evaluate(async () => {
    const store = indexedDbStore({ name: 'exclusive' })
    const fails = async () => {
      throw new Error('cannot act: no reason')
    }
    return [await messageOf(store.exclusive('p', fails)), await store.exclusive('p', async () => 'result')]
  })
  assert.deepEqual(seen, ['cannot act: no reason', 'result'])
  await tab.close()
})

for (const [what, die] of Object.entries({ closed: (tab) => tab.close(), crashed: (tab) => site.crash(tab) })) {
  test(`a ${what} tab lets the next one act`, async () => {
    const [holder, waiter] = [await site.tab(), await site.tab()]
    await holder.evaluate(
      () =>
        new Promise((resolve) => {
          const forEver = () => new Promise(resolve)
          void indexedDbStore({ name: 'dies' }).exclusive('p', forEver)
        }),
    )
    await waiter.evaluate(() => {
      globalThis.acted = false
      globalThis.waiting = indexedDbStore({ name: 'dies' }).exclusive('p', async () => (globalThis.acted = true))
    })
    const lock = await waiter.evaluate(async () => {
      const { held, pending } = await navigator.locks.query()
      return { held: held.length, pending: pending.length, acted }
    })
    assert.deepEqual(lock, { held: 1, pending: 1, acted: false })
    await die(holder)
    assert.equal(await waiter.evaluate(() => waiting), true)
    await waiter.close()
  })
}
