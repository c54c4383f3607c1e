// Ways in which a store may be wrong: what of the plain store each one replaces.
import { openStates, released, right } from './plain-store.mjs'

const pause = () => new Promise((settle) => setTimeout(settle, 0))
const without =
  (...states) =>
  (state) =>
    openStates.includes(state) && !states.includes(state)
const withAlso =
  (...states) =>
  (state) =>
    openStates.includes(state) || states.includes(state)
const wraps = (bits) => (numbers) => BigInt.asUintN(bits, right.sum(numbers))

/** Every wrong store that the suite must reject, by what is wrong with it. */
export const flaws = {
  'reserve reads, awaits and writes': { beforeReserveWrites: pause },
  'advance reads, awaits and writes': { beforeAdvanceWrites: pause },
  'remember reads, awaits and writes': { beforeRememberWrites: pause },
  'read looks at two moments': { betweenReads: pause },
  'an ephemeral store claims nothing': { durability: undefined },

  'a taken id is written over': { isTaken: (present, from) => from !== undefined && present?.state !== from },
  'only open rows are taken': {
    isTaken: (present, from) => (from ? present?.state !== from : openStates.includes(present?.state)),
  },
  'reserve ignores the state': { isTaken: (present, from) => from === undefined && present !== undefined },
  'reserve from a state makes a row': { isTaken: (present, from) => present !== undefined && present.state !== from },
  'reserve never takes a row up': { isTaken: (present) => present !== undefined },
  'advance ignores the state': { mayAdvance: (present) => present !== undefined },
  'advance ignores the step': { advancesNext: () => true },
  'advance leaves steps out': { advancesNext: (present, entry) => present.step < entry.step },
  'advance writes the same step again': {
    advancesNext: (present, entry) => present.step === entry.step || right.advancesNext(present, entry),
  },
  'reserve ignores the step': { reservesNext: () => true },
  'reserve leaves steps out': { reservesNext: (present, entry) => present.step < entry.step },
  'the step is counted, not kept': {
    merge: (present, entry) => ({ ...entry, step: present ? present.step + 1 : 1 }),
  },
  'advance makes a row': { mayAdvance: (present, from) => present === undefined || present.state === from },
  'advance always says true': { inserts: 'true' },
  'advance keeps members that are gone': { merge: (present, entry) => ({ ...present, ...entry }) },
  'reserve keeps the record that was': {
    merge: (present, entry) => ({ ...entry, record: present?.record ?? entry.record }),
  },
  'absent members come back as null': { copy: (entry) => ({ request: null, sealed: null, ...entry }) },
  'sealed texts are lost': { copy: ({ sealed, ...entry }) => entry },
  'rows are the caller’s objects': { copy: (entry) => entry },

  'records are parsed': { text: (text) => (text.startsWith('{') ? JSON.stringify(JSON.parse(text)) : text) },
  'texts are trimmed': { text: (text) => text.trim() },
  'texts are normalised': { text: (text) => text.normalize('NFC') },
  'texts are cut at 64 KiB': { text: (text) => text.slice(0, 65_536) },
  'texts lose what is beyond the basic plane': { text: (text) => text.replace(/[\u{10000}-\u{10ffff}]/gu, '?') },
  'ids ignore case': { id: (text) => text.toLowerCase() },
  'ids ignore spaces at the end': { id: (text) => text.trimEnd() },
  'ids are normalised': { id: (text) => text.normalize('NFC') },

  'asked is not open': { isOpen: without('asked') },
  'approved is not open': { isOpen: without('approved') },
  'unknown is not open': { isOpen: without('unknown') },
  'planned is open': { isOpen: withAlso('planned') },
  'settled is open': { isOpen: withAlso('settled') },
  'a request finds finished rows': { found: (rows, request) => rows.filter((row) => row.request === request) },
  'a request finds every open row': { found: (rows, _, isOpen) => rows.filter((row) => isOpen(row.state)) },
  'a request finds oldest first': { newest: (rows) => rows.slice(0, 64) },
  'a request finds the oldest 64': { newest: (rows) => rows.slice(0, 64).reverse() },
  'a request finds one row': { newest: (rows) => rows.reverse().slice(0, 1) },
  'a request finds 63 rows': { newest: (rows) => rows.reverse().slice(0, 63) },
  'a request finds all rows': { newest: (rows) => rows.reverse() },
  'a request counts beside an id': { ignoresRequest: false },
  'rows are ordered by last write': { movesOnWrite: true },
  'open forgets where it was': { afterIn: (rows, all) => all },
  'pages begin with the row before': { from: (index) => index },
  'pages skip a row': { from: (index) => index + 2 },
  'pages ignore after': { from: () => 0 },
  'pages have 100 rows': { limit: 100 },
  'pages have no limit': { limit: Infinity },

  'nothing noted is an empty text': { nothing: '' },
  'notes are not compared': { agrees: () => true },
  'a new value is no agreement': { agrees: (note, present) => present === note.was },
  'nothing and empty are the same': { agrees: (note, present) => right.agrees(note, present || undefined) },
  'absent was compares nothing': { agrees: (note, present) => note.was === undefined || right.agrees(note, present) },
  'comparing alone passes on nothing': {
    agrees: (note, present) => present === undefined || right.agrees(note, present),
  },
  'comparing alone erases': { sets: () => true },
  'remember overwrites': { remembers: () => true },
  'remember agrees with a second claim': { remembers: right.agrees },
  'remember wants something to be there': {
    remembers: (note, present) => present !== undefined && present === note.was,
  },
  'budgets are checked before notes': { order: ['holds', 'notes'] },
  'notes are not checked': { order: ['holds'] },
  'budgets are not checked': { order: ['notes'] },

  'sums are floats': { sum: (numbers) => BigInt(numbers.reduce((sum, number) => sum + Number(number), 0)) },
  'sums wrap at 2^64': { sum: wraps(64) },
  'sums wrap at 2^128': { sum: wraps(128) },
  'sums wrap at 2^256': { exceeds: (sum, amount, limit) => BigInt.asUintN(256, sum + BigInt(amount)) > BigInt(limit) },
  'sums are printed with an exponent': { print: (sum) => String(Number(sum)) },
  'sums stop at the 2^255': { sum: (numbers) => right.sum(numbers) & (2n ** 255n - 1n) },
  'a budget may not be filled': { exceeds: (sum, amount, limit) => sum + BigInt(amount) >= BigInt(limit) },
  'a budget may be passed once': { exceeds: (sum, _, limit) => sum >= BigInt(limit) },
  'a nothing counts as too much': {
    exceeds: (sum, amount, limit) => BigInt(amount) === 0n || sum + BigInt(amount) > BigInt(limit),
  },
  'sums are compared as text': { exceeds: (sum, amount, limit) => String(sum + BigInt(amount)) > limit },
  'the last full budget is named': { firstFull: (full) => full.at(-1) },
  'holds of one reservation ignore each other': { togetherInOne: false },

  'the clock may step back': { bucketOf: (bucket) => bucket },
  'time is not moved on': { bucketOf: (bucket, greatest) => (greatest === -1 ? bucket : greatest) },
  'keep is ignored': { counts: (at, bucket) => at <= bucket },
  'keep is one too many': { counts: (at, bucket, keep) => at >= bucket - keep },
  'keep is one too few': { counts: (at, bucket, keep) => at > bucket - keep + 1 || at === bucket },
  'keep ends at 30': { counts: (at, bucket, keep) => at > bucket - Math.min(keep, 30) },
  'only the present bucket counts': { counts: (at, bucket) => at === bucket },
  'buckets wrap at 2^32': { counts: (at, bucket, keep) => at >>> 0 > (bucket >>> 0) - keep },
  'looking moves time': { looksMoveTime: true },
  'a refusal moves time': { refusalsMoveTime: true },
  'time is forgotten with the last hold': { forgetsTime: true },

  'a refusal leaves the row': { leavesWhenRefused: ['row'] },
  'a refusal leaves notes': { leavesWhenRefused: ['notes'] },
  'a refusal leaves the holds before it': { leavesWhenRefused: ['holds'] },

  'dead gives nothing back': { gives: (state, until) => state !== 'dead' && right.gives(state, until) },
  'refused gives nothing back': { gives: (state, until) => state !== 'refused' && right.gives(state, until) },
  'nothing is ever given back': { gives: () => false },
  'dead gives only what waits for proof': {
    gives: (state, until) => (released(state) ? until === 'proof' : right.gives(state, until)),
  },
  'settled gives everything back': { gives: (state, until) => state === 'settled' || right.gives(state, until) },
  'unknown gives everything back': { gives: (state, until) => state === 'unknown' || right.gives(state, until) },
  'settled gives no answer back': { gives: (state, until) => state !== 'settled' && right.gives(state, until) },
  'unknown gives no answer back': { gives: (state, until) => state !== 'unknown' && right.gives(state, until) },
  'signed gives the answer back': {
    gives: (state, until) => (state === 'signed' && until === 'answer') || right.gives(state, until),
  },
  'planned gives back': { gives: (state, until) => state === 'planned' || right.gives(state, until) },
  'a reservation gives nothing back': { reserveGives: false },
  'a second reservation orphans the first': { addsHolds: false },
  'holds are given back again and again': { keepsGiven: true },
  'holds are given back from the present bucket': { givesFrom: (_, budget) => budget.greatest },
  'holds are given back from the bucket before': { givesFrom: (held) => held.bucket - 1 },
}
