// The same race in Chromium: two tabs of one person, one IndexedDB.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startSite } from '../browser/site.mjs'
import { installed } from '../package-under-test.mjs'
import { callsFor } from './buying.mjs'
import { startSeller, stopAll } from './places.mjs'
import { BUDGET, compare, isFair, race, summary } from './truth.mjs'

const options = { timeout: 120_000 }
const files = join(installed(), 'node_modules/farthing')
const script = fileURLToPath(new URL('buying.mjs', import.meta.url))
let site
before(async () => (site = await startSite()))
after(() => site?.stop())
afterEach(stopAll)

test('1 000 payers in two tabs pay exactly 100 times', options, async (context) => {
  const seller = await startSeller({ files, script })
  const tabs = [await openTab(seller), await openTab(seller)]
  const calls = callsFor(1_000, 2)
  const given = { origin: seller.origin, budget: BUDGET }
  const { tallies, seconds } = await race(tabs.map((tab, number) => () => buyIn(tab, { ...given, ids: calls[number] })))
  const verdict = await compare({ seller, store: storeIn(tabs[0]), tallies })
  for (const line of summary('IndexedDB', { payers: 1_000, seconds, tallies, ...verdict })) context.diagnostic(line)
  for (const tab of tabs) await tab.close()
  assert.equal(verdict.paid, BUDGET)
  isFair(tallies)
})

test('400 payers with failing writes and a crashed tab never pay twice or too much', options, async (context) => {
  const seller = await startSeller({ files, script })
  const tabs = [await openTab(seller), await openTab(seller)]
  const calls = callsFor(400, 2)
  const buy = (tabs, seed) =>
    race(
      tabs.map((tab, number) => () => {
        const given = { ids: calls[number], origin: seller.origin, budget: BUDGET, faults: 0.1, seed: seed + number }
        return buyIn(tab, given).catch(mustHaveCrashed)
      }),
    )
  const running = buy(tabs, 1)
  await seller.paid(30, running)
  await site.crash(tabs[0])
  const [crashed, survivor] = (await running).tallies
  assert.ok(crashed === undefined && survivor !== undefined, 'the crash came too late')
  await tabs[1].close()
  // The same purchases again, by tabs that know nothing of the first.
  const fresh = [await openTab(seller), await openTab(seller)]
  const second = await buy(fresh, 100)
  const verdict = await compare({ seller, store: storeIn(fresh[0]), tallies: second.tallies })
  for (const line of summary('IndexedDB, after a crash', { payers: 400, ...second, ...verdict }))
    context.diagnostic(line)
  for (const tab of fresh) await tab.close()
  assert.ok(verdict.paid > 30)
  assert.ok([survivor, ...second.tallies].every(({ thrown }) => thrown > 0))
})

/** A page of the seller's own origin, which has the package and can buy. */
async function openTab({ origin }) {
  const tab = await site.tab()
  // Chromium reports every 402 as an error; here it is the first half of a purchase.
  tab.removeAllListeners('console')
  await tab.goto(`${origin}/`)
  await tab.evaluate(async () => {
    const [farthing, { indexedDbStore }, { buyAll }] = await Promise.all([
      import('/dist/entry/web.js'),
      import('/dist/store/indexed-db.js'),
      import('/script.mjs'),
    ])
    const store = indexedDbStore({ name: 'race' })
    Object.assign(globalThis, { store, buy: (calls) => buyAll(farthing, store, calls) })
  })
  return tab
}

const buyIn = (tab, calls) => tab.evaluate((calls) => buy(calls), calls)

const storeIn = (tab) => ({
  list: (...args) => tab.evaluate((args) => store.list(...args), args),
  read: (query) => tab.evaluate((query) => store.read(query), query),
})

function mustHaveCrashed(error) {
  if (!/crashed/i.test(error.message)) throw error
}
