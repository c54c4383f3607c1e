import type { PaymentRecord, Write } from '../generated/wire.js'
import { within } from '../limits.js'
import { type Context, parseRecord } from './context.js'

/** The last write of a purchase: the record as the store has it then, and what the store threw on the way. */
export async function lastWrite(
  { store, timeoutMs }: Context,
  write: Write,
): Promise<{ record: PaymentRecord; failure?: unknown }> {
  const record = parseRecord(write.entry.record)
  const act = async () =>
    write.from === undefined
      ? (await store.reserve({ entry: write.entry, holds: [], notes: [] })).kind === 'held'
      : store.advance(write.from, write.entry)
  let failure: unknown
  const confirmed = await within(act(), timeoutMs).catch((thrown: unknown) => {
    failure = thrown
    return false
  })
  if (confirmed) return { record }
  // Another process may have written the same outcome first: then its row is the record.
  const { purchaseId } = write.entry
  const view = await within(store.read({ purchaseId, notes: [], holds: [] }), timeoutMs).catch(() => undefined)
  const row = view?.entries[0]
  if (row && row.state !== write.from) return { record: parseRecord(row.record), failure }
  return {
    record: {
      ...record,
      // Of a row that was never there nothing is known but that it was planned.
      state: write.from ?? 'planned',
      evidence: { ...record.evidence, problem: 'store/failed-late' },
    },
    failure,
  }
}
