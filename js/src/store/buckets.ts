/**
 * The arithmetic of budgets and steps, for stores that run JavaScript: sums in, a decision and the new sums out.
 *
 * Knows no storage. A store reads the sums of the keys, asks here, and writes the answer in the same atomic step.
 */
import type { Entry, Hold, Note, State } from '../generated/wire.js'

/** The sums of one key, by bucket. */
export type Sums = Map<number, bigint>

/** What a row remembers of a hold: where it counts and when it is given back. */
export type Placed = { key: string; bucket: number; amount: bigint; until: Hold['until'] }

/** All holds of a reservation in their buckets, with the sums they leave; or the first that has no room. */
export type Placement =
  { kind: 'held'; placed: Placed[]; sums: ReadonlyMap<string, Sums> } | { kind: 'exceeds'; key: string; used: string }

/** The states that `open` lists. */
export const openStates: readonly State[] = ['asked', 'approved', 'reserved', 'signed', 'unknown']

/** The greatest `keep` a hold may have. Older buckets can never count again, whichever hold comes next. */
export const mostBuckets = 100

export const isOpen = (state: State): boolean => openStates.includes(state)

/**
 * Whether `entry` may be written where `present` is now: over a row in state `from` as its next step, or as a new row
 * where there is none.
 */
export function follows(
  entry: Pick<Entry, 'step'>,
  present: Pick<Entry, 'state' | 'step'> | undefined,
  from: State | undefined,
): boolean {
  if (present === undefined || from === undefined) return present === from
  return present.state === from && present.step === entry.step - 1
}

/** The bucket in which `hold` counts, and what counts there without it. */
export function countIn(sums: Sums, { bucket, keep }: Hold): { bucket: number; used: bigint } {
  let at = bucket
  for (const kept of sums.keys()) if (kept > at) at = kept
  let used = 0n
  for (const [kept, sum] of sums) if (kept > at - keep) used += sum
  return { bucket: at, used }
}

/** Places every hold or none. `sumsOf` gives the present sums of a key; they are copied, not changed. */
export function placeHolds(holds: readonly Hold[], sumsOf: (key: string) => Sums | undefined): Placement {
  const sums = new Map<string, Sums>()
  const placed: Placed[] = []
  for (const hold of holds) {
    const { key, until } = hold
    const mine = sums.get(key) ?? new Map(sumsOf(key))
    const { bucket, used } = countIn(mine, hold)
    const amount = BigInt(hold.amount)
    if (used + amount > BigInt(hold.limit)) return { kind: 'exceeds', key, used: String(used) }
    mine.set(bucket, (mine.get(bucket) ?? 0n) + amount)
    for (const kept of mine.keys()) if (kept <= bucket - mostBuckets) mine.delete(kept)
    sums.set(key, mine)
    placed.push({ key, bucket, amount, until })
  }
  return { kind: 'held', placed, sums }
}

/** Whether a row that enters `state` gives a hold with this `until` back. */
export function isGivenBack(state: State, until: Hold['until']): boolean {
  if (state === 'refused' || state === 'dead') return true
  return until === 'answer' && (state === 'settled' || state === 'unknown')
}

/**
 * Whether a note in a reservation may be written over `present`, which is what is noted now: it is what it was, or
 * already has the new value. The leniency is the reservation's; `remember` compares with `was` alone.
 */
export function agrees(note: Note, present: string | undefined): boolean {
  return present === note.was || (note.value !== undefined && present === note.value)
}
