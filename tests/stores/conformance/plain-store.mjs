// A plain store of its own, kept apart from the package's code, that can be made wrong in one way at a time.

export const released = (state) => state === 'refused' || state === 'dead'
const answered = (state) => state === 'settled' || state === 'unknown'
export const openStates = ['asked', 'approved', 'reserved', 'signed', 'unknown']

/** What may be replaced to make it wrong. */
export const right = {
  durability: 'ephemeral',
  // Time to lose a race: between what is read and what is written.
  beforeReserveWrites: null,
  beforeAdvanceWrites: null,
  beforeRememberWrites: null,
  betweenReads: null,
  // Rows.
  isTaken: (present, from) => present?.state !== from,
  mayAdvance: (present, from) => present?.state === from,
  reservesNext: (present, entry) => present.step === entry.step - 1,
  advancesNext: (present, entry) => present.step === entry.step - 1,
  inserts: false,
  merge: (_, entry) => entry,
  copy: (entry) => structuredClone(entry),
  text: (text) => text,
  id: (text) => text,
  isOpen: (state) => openStates.includes(state),
  found: (rows, request, isOpen) => rows.filter((row) => isOpen(row.state) && row.request === request),
  newest: (rows) => rows.reverse().slice(0, 64),
  ignoresRequest: true,
  movesOnWrite: false,
  afterIn: (all) => all,
  from: (index) => index + 1,
  limit: 1_000,
  // Notes.
  nothing: null,
  agrees: (note, present) => present === note.was || (note.value !== undefined && present === note.value),
  remembers: (note, present) => present === note.was,
  sets: (note) => note.value !== undefined,
  order: ['notes', 'holds'],
  // Budgets.
  sum: (numbers) => numbers.reduce((sum, number) => sum + BigInt(number), 0n),
  print: (sum) => String(sum),
  exceeds: (sum, amount, limit) => sum + BigInt(amount) > BigInt(limit),
  bucketOf: (bucket, greatest) => (bucket > greatest ? bucket : greatest),
  counts: (at, bucket, keep) => at > bucket - keep && at <= bucket,
  firstFull: (full) => full[0],
  togetherInOne: true,
  leavesWhenRefused: [],
  looksMoveTime: false,
  refusalsMoveTime: false,
  // Releases.
  gives: (state, until) => released(state) || (answered(state) && until === 'answer'),
  reserveGives: true,
  forgetsTime: false,
  addsHolds: true,
  givesFrom: (held) => held.bucket,
  keepsGiven: false,
}

/** A store that is right but for `flaw`, which replaces members of the above. */
export function plainStore(flaw = {}) {
  const is = { ...right, ...flaw }
  let rows = []
  const notes = new Map()
  const budgets = new Map()
  const idOf = (text) => is.id(text)
  const rowOf = (id) => rows.find((row) => idOf(row.purchaseId) === idOf(id))
  const budgetOf = (key) => budgets.get(idOf(key)) ?? { greatest: -1, held: [] }
  const noteOf = (key) => notes.get(idOf(key))
  const setNote = (note) => is.sets(note) && notes.set(idOf(note.key), is.text(note.value))

  function look({ key, bucket, keep }, mine = []) {
    const { greatest, held } = budgetOf(key)
    const at = is.bucketOf(bucket, greatest)
    const counted = [...held, ...mine].filter((one) => idOf(one.key) === idOf(key) && is.counts(one.bucket, at, keep))
    return { at, used: is.sum(counted.map(({ amount }) => amount)) }
  }

  function count(id, key, bucket, amount, until) {
    const budget = budgetOf(key)
    budget.greatest = Math.max(budget.greatest, bucket)
    budget.held.push({ id: idOf(id), key, bucket, amount, until })
    budgets.set(idOf(key), budget)
  }

  function place(id, holds) {
    const mine = []
    const full = []
    for (const hold of holds) {
      const { at, used } = look(hold, is.togetherInOne ? mine : [])
      if (is.exceeds(used, hold.amount, hold.limit)) full.push({ kind: 'exceeds', key: hold.key, used: is.print(used) })
      mine.push({ ...hold, bucket: at })
    }
    return { mine, full: is.firstFull(full) }
  }

  function write(entry) {
    const present = rowOf(entry.purchaseId)
    const next = is.merge(present, is.copy(entry))
    for (const part of ['record', 'sealed']) if (next[part] !== undefined) next[part] = is.text(next[part])
    if (present && is.movesOnWrite) rows = rows.filter((row) => row !== present)
    if (present && !is.movesOnWrite) rows[rows.indexOf(present)] = next
    else rows.push(next)
  }

  function release(id, state) {
    for (const [key, budget] of budgets) {
      for (const held of budget.held.filter((one) => one.id === idOf(id) && is.gives(state, one.until))) {
        if (is.keepsGiven) budget.held.push({ ...held, id: null, amount: `${-BigInt(held.amount)}` })
        else budget.held.splice(budget.held.indexOf(held), 1)
        const from = is.givesFrom(held, budget)
        if (from !== held.bucket) {
          budget.held.push({ ...held, id: null })
          budget.held.push({ ...held, id: null, bucket: from, amount: `${-BigInt(held.amount)}` })
        }
      }
      if (is.forgetsTime && budget.held.length === 0) budgets.delete(key)
    }
  }

  function page(which, after, limit = is.limit) {
    const all = rows.filter(({ state }) => which(state))
    const among = is.afterIn(rows, all)
    const index = after === undefined ? -1 : among.findIndex((row) => row.purchaseId === after)
    const later = after === undefined ? among : among.slice(is.from(index))
    return later
      .filter(({ state }) => which(state))
      .slice(0, limit)
      .map(is.copy)
  }

  return {
    durability: is.durability,
    async reserve({ from, entry, holds, notes: wanted }) {
      const id = entry.purchaseId
      const checks = {
        notes() {
          const changed = wanted.find((note) => !is.agrees(note, noteOf(note.key)))
          return changed && { kind: 'changed', key: changed.key }
        },
        holds: () => place(id, holds).full,
      }
      const present = rowOf(id)
      if (is.isTaken(present, from)) return { kind: 'exists' }
      if (from !== undefined && present && !is.reservesNext(present, entry)) return { kind: 'exists' }
      for (const check of is.order) {
        const refused = checks[check]()
        if (!refused) continue
        const leaves = is.leavesWhenRefused
        if (leaves.includes('row')) write(entry)
        if (leaves.includes('notes')) wanted.forEach(setNote)
        if (leaves.includes('holds'))
          for (const hold of holds) {
            if (hold.key === refused.key) break
            count(id, hold.key, hold.bucket, hold.amount, hold.until)
          }
        if (is.refusalsMoveTime && refused.kind === 'exceeds') count(id, refused.key, holds[0].bucket, '0', 'proof')
        return refused
      }
      const { mine } = place(id, holds)
      if (is.beforeReserveWrites) await is.beforeReserveWrites()
      if (!is.addsHolds)
        for (const budget of budgets.values()) for (const held of budget.held) if (held.id === id) held.id = null
      for (const { key, bucket, amount, until } of mine) count(id, key, bucket, amount, until)
      wanted.forEach(setNote)
      write(entry)
      if (is.reserveGives) release(id, entry.state)
      return { kind: 'held' }
    },
    async advance(from, entry) {
      const present = rowOf(entry.purchaseId)
      const mayWrite = is.mayAdvance(present, from) && (!present || is.advancesNext(present, entry))
      if (!mayWrite) return is.inserts === 'true' ? true : false
      if (is.beforeAdvanceWrites) await is.beforeAdvanceWrites()
      write(entry)
      release(entry.purchaseId, entry.state)
      return true
    },
    async read(query) {
      let entries = []
      if (query.purchaseId !== undefined)
        entries = rows.filter((row) => idOf(row.purchaseId) === idOf(query.purchaseId))
      if (query.request !== undefined && (query.purchaseId === undefined || !is.ignoresRequest))
        entries = is.newest(is.found(rows, query.request, is.isOpen))
      entries = entries.map(is.copy)
      if (is.betweenReads) await is.betweenReads()
      const used = query.holds.map((hold) => is.print(look(hold).used))
      if (is.looksMoveTime) for (const { key, bucket } of query.holds) count('', key, bucket, '0', 'proof')
      return { entries, notes: query.notes.map((key) => noteOf(key) ?? is.nothing), used }
    },
    async remember(note) {
      if (!is.remembers(note, noteOf(note.key))) return false
      if (is.beforeRememberWrites) await is.beforeRememberWrites()
      setNote(note)
      return true
    },
    open: async (after, limit) => page(is.isOpen, after, limit),
    list: async (after, limit) => page(() => true, after, limit),
  }
}
