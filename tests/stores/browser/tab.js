// What a page of the test site can do. Tests call these by name through `page.evaluate`.
import { indexedDbStore } from '/farthing/stores/indexed-db.js'

/** A reservation of `amount` under `limit`, as the driver would write it. */
function intent(purchaseId, { amount = '1', limit = '1000000', key = 'budget' } = {}) {
  const hold = { key, amount, limit, bucket: 7, keep: 1, until: 'proof' }
  return { entry: row(purchaseId, 'reserved', { amount }), holds: [hold], notes: [] }
}

/** A row whose record carries its amount, so that a test can add the rows up without the store's help. */
function row(purchaseId, state, { step = 1, amount = '1' } = {}) {
  return { purchaseId, state, step, record: JSON.stringify({ amount }) }
}

/** A plain connection, for what another program of the same origin might do. */
function openRaw(name, version, { stepsAside = false, onupgradeneeded } = {}) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version)
    request.onupgradeneeded = () => onupgradeneeded?.(request.result)
    request.onerror = () => reject(request.error)
    request.onsuccess = () => {
      if (stepsAside) request.result.onversionchange = () => request.result.close()
      resolve(request.result)
    }
  })
}

/** The message of a rejection; throws when there was none. */
async function messageOf(promise) {
  const value = await promise.catch((error) => error)
  if (!(value instanceof Error)) throw new Error(`expected a rejection, got ${JSON.stringify(value)}`)
  return value.message
}

/** Every row of a store, read page by page. */
async function allRows(store) {
  const rows = []
  for (;;) {
    const page = await store.list(rows.at(-1)?.purchaseId, 100)
    rows.push(...page)
    if (page.length < 100) return rows
  }
}

/** What counts under the budget of `intent`. */
const usedIn = async (store, key = 'budget') =>
  (await store.read({ notes: [], holds: intent('', { key }).holds })).used[0]

/** Purchases from reservation to an end, `lanes` at a time and for ever; `confirm` learns of every resolved write. */
function buyForEver(store, prefix, lanes, confirm) {
  const buy = async (purchaseId, amount, end) => {
    await store.reserve(intent(purchaseId, { amount }))
    confirm(purchaseId, 'reserved')
    await store.advance('reserved', row(purchaseId, 'signed', { step: 2, amount }))
    confirm(purchaseId, 'signed')
    await store.advance('signed', row(purchaseId, end, { step: 3, amount }))
    confirm(purchaseId, end)
  }
  const lane = async (number) => {
    for (let count = 0; ; count++) {
      await buy(`${prefix}-${number}-${count}`, String(1 + (count % 7)), count % 2 ? 'refused' : 'settled')
    }
  }
  for (let number = 0; number < lanes; number++) void lane(number)
}

Object.assign(globalThis, { indexedDbStore, intent, row, openRaw, messageOf, allRows, usedIn, buyForEver })
