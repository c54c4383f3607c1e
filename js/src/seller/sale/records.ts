/**
 * What became of sales: rows of the store in, records and reports out; and finishing what was left open.
 */
import { PaymentError } from '../../errors.js'
import type { SaleRecord } from '../../generated/sale.js'
import type { Entry } from '../../generated/wire.js'
import { within } from '../../limits.js'
import { now } from '../../purchase/context.js'
import { openEntriesOf } from '../../store/entries.js'
import type { Settings } from '../options.js'
import { carriedOut, type Stage, type Told } from './run.js'

// A store that others write to has more rows than ours.
const isSale = ({ purchaseId }: Entry): boolean => purchaseId.startsWith('sale-')

// Our own text: written by the core, read back by it before any use.
const recordOf = ({ record }: Entry): SaleRecord => JSON.parse(record) as SaleRecord

/** Sales, oldest first. */
export async function salesOf({ store, timeoutMs }: Settings, after?: string, limit = 1000): Promise<SaleRecord[]> {
  const page = await within(store.list(after, limit), timeoutMs)
  return page.filter(isSale).map(recordOf)
}

/** One sale. */
export async function saleOf({ store, timeoutMs }: Settings, id: string): Promise<SaleRecord | undefined> {
  const { entries } = await within(store.read({ purchaseId: id, notes: [], holds: [] }), timeoutMs)
  return entries.filter(isSale).map(recordOf)[0]
}

/** Finishes open sales, one after the other, `limit` of them at most. */
export async function reconciled(stage: Stage, limit: number): Promise<Told[]> {
  const { core, settings } = stage
  const found: Told[] = []
  for await (const entry of openEntriesOf(settings.store)) {
    if (found.length >= limit) break
    if (!isSale(entry)) continue
    const paywall = await core.started()
    const sale = core.ask(() => paywall.resumed(JSON.stringify(entry), now()))
    const { report } = await carriedOut(stage, sale)
    reported(settings, report)
    found.push(report)
  }
  return found
}

/** Tells the seller. Whatever the seller's log throws changes nothing. */
export function reported({ report }: Settings, told: Told): void {
  try {
    if (report) report(told)
    // Nothing sells until somebody looks: silence would be worse than a line on the console.
    else if (told.code === 'sale/setup') console.error('farthing: nothing can be sold:', reasonOf(told.cause))
  } catch {}
}

function reasonOf(cause: unknown): unknown {
  const inner = cause instanceof Error && !(cause instanceof PaymentError) ? (cause.cause ?? cause) : cause
  return inner instanceof Error ? inner.message : inner
}
