import type { PriceSeen, Spent, Verification } from '../generated/owner.js'
import type { PaymentRecord } from '../generated/wire.js'
import { entriesOf } from '../store/entries.js'
import type { Store } from '../store/store.js'
import { using } from '../instance.js'
import { ask, loadOwner } from './load.js'

/** Records from a store, or as they were kept elsewhere: parsed, or as texts. */
export type Records = Store | Iterable<PaymentRecord | string> | AsyncIterable<PaymentRecord | string>

/** What was spent and what may have been: in all, by seller, task, agent and day. */
export async function spent(records: Records): Promise<Spent> {
  const owner = await loadOwner()
  const tally = ask(() => new owner.Tally())
  return using(tally, async () => {
    for await (const text of textsOf(records)) ask(() => tally.add(text))
    return JSON.parse(ask(() => tally.sums())) as Spent
  })
}

/** Every price that a seller (an origin, `https://api.example.com`) stated, oldest first, paid or not. */
export async function prices(records: Records, seller: string | URL): Promise<PriceSeen[]> {
  const owner = await loadOwner()
  const texts: string[] = []
  for await (const text of textsOf(records)) texts.push(text)
  return JSON.parse(ask(() => owner.prices(texts, new URL(seller).origin))) as PriceSeen[]
}

/** Whether a record is as it was written: layout, chain, order of states, times. */
export async function verifyRecord(record: PaymentRecord | string): Promise<Verification> {
  const owner = await loadOwner()
  return JSON.parse(ask(() => owner.verifyRecord(textOf(record)))) as Verification
}

/** Every record as it lies in the store, one JSON text to a line. */
export async function* exportJsonLines(store: Store): AsyncGenerator<string, void, undefined> {
  // Outside of strings a line break is white space, and inside it is escaped.
  for await (const { record } of entriesOf(store)) yield `${record.replace(/[\r\n]/g, ' ')}\n`
}

/** Every purchase as CSV (RFC 4180), one row each after a row of names. No text becomes a formula in a spreadsheet. */
export async function* exportCsv(store: Store): AsyncGenerator<string, void, undefined> {
  const owner = await loadOwner()
  yield ask(() => owner.csvHeader())
  for await (const { purchaseId, record } of entriesOf(store)) yield ask(() => owner.csvRow(purchaseId, record))
}

/** The texts of records. */
export async function* textsOf(records: Records): AsyncGenerator<string, void, undefined> {
  if (isStore(records)) {
    for await (const { record } of entriesOf(records)) yield record
  } else {
    for await (const record of records) yield textOf(record)
  }
}

function isStore(records: Records): records is Store {
  return 'list' in records && typeof records.list === 'function'
}

// What was parsed and is written again says the same: the chain is over values, not over spelling.
function textOf(record: PaymentRecord | string): string {
  return typeof record === 'string' ? record : JSON.stringify(record)
}
