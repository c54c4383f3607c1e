import { PaymentError } from '../errors.js'
import type { PaymentRecord, Write } from '../generated/wire.js'
import { now, parseRecord, type Ticket } from '../purchase/context.js'
import type { Store } from '../store/store.js'
import { ask, loadOwner } from './load.js'

/**
 * Says yes to a ticket, in whichever process. The purchase is paid by whoever makes the same request next, until the
 * ticket expires; the yes is good for exactly the terms of the ticket, once.
 *
 * Errors: {@link PaymentError} `approval/mismatch` when the ticket was answered before, expired, or is about other terms
 * than the store has.
 */
export function approve(store: Store, ticket: Ticket, { by = 'owner' }: { by?: string } = {}): Promise<PaymentRecord> {
  return answer(store, ticket, by)
}

/** Says no to a ticket. Nothing is paid under this purchase id any more. Errors as {@link approve}. */
export function decline(store: Store, ticket: Ticket): Promise<PaymentRecord> {
  return answer(store, ticket, undefined)
}

async function answer(store: Store, ticket: Ticket, by: string | undefined): Promise<PaymentRecord> {
  const owner = await loadOwner()
  const { purchaseId, terms } = ticket
  const { entries } = await store.read({ purchaseId, notes: [], holds: [] })
  const [row] = entries
  if (!row) throw new PaymentError('approval/mismatch', { facts: `the store has no purchase ${purchaseId}` })
  const { record, sealed } = row
  const write = ask(() => owner.answerTicket(record, sealed, terms?.binding ?? '', by, now()))
  const { entry } = JSON.parse(write) as Write
  if (!(await store.advance('asked', entry))) {
    throw new PaymentError('approval/mismatch', { facts: 'somebody else answered at this moment' })
  }
  return parseRecord(entry.record)
}
