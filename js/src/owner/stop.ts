import { PaymentError } from '../errors.js'
import { now } from '../purchase/context.js'
import type { Store } from '../store/store.js'

const KEY = 'stop'
/** What the note says while payments go on after a stop: a store forgets no note. The core knows the same word. */
const NOT_STOPPED = 'off'
/** Others may be writing the same note. */
const TRIES = 20

/** Stops every payment of a store, in every process, from its next reservation on. What is on its way goes on. */
export function stopPayments(store: Store, reason = ''): Promise<void> {
  return note(store, (was) => (isStopped(was) ? undefined : JSON.stringify({ reason, at: now() })))
}

/** Lets payments go on. */
export function resumePayments(store: Store): Promise<void> {
  return note(store, (was) => (isStopped(was) ? NOT_STOPPED : undefined))
}

/** Whether the note says that payments are stopped. */
export function isStopped(note: string | undefined): boolean {
  return note !== undefined && note !== NOT_STOPPED
}

/** Changes the note until it says so. `undefined` from `next`: it does. */
async function note(store: Store, next: (was: string | undefined) => string | undefined): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const was = (await store.read({ notes: [KEY], holds: [] })).notes[0] ?? undefined
    const value = next(was)
    if (value === undefined) return
    if (await store.remember({ key: KEY, value, ...(was === undefined ? {} : { was }) })) return
  }
  throw new PaymentError('store/changed', { facts: 'the note that stops payments' })
}
