// Purchases written to a store, every call timed. Runs wherever a store does: Node, a Worker, a page.

/**
 * Writes `count` purchases, `atOnce` at a time: first every reservation, then every advance to signed and to settled.
 * Answers the milliseconds of each call, and of each kind of call together.
 */
export async function series(store, { intent, advances }, { prefix, count, atOnce }) {
  const reserve = await timed(count, atOnce, async (number) => {
    const said = await store.reserve({ ...intent, entry: { ...intent.entry, purchaseId: `${prefix}-${number}` } })
    return said.kind === 'held'
  })
  const advance = { each: [], ms: 0 }
  for (const { from, entry } of advances) {
    const taken = await timed(count, atOnce, (number) =>
      store.advance(from, { ...entry, purchaseId: `${prefix}-${number}` }),
    )
    advance.each.push(...taken.each)
    advance.ms += taken.ms
  }
  return { reserve, advance }
}

/** Sets the notes that the reservations compare with. */
export async function prepare(store, { notes }) {
  for (const note of notes) await store.remember(note)
}

async function timed(count, atOnce, call) {
  const each = []
  let next = 0
  const lane = async () => {
    while (next < count) {
      const number = next
      next += 1
      const begun = performance.now()
      if (!(await call(number))) throw new Error('cannot measure a store: it did not do what was asked')
      each.push(performance.now() - begun)
    }
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: atOnce }, lane))
  return { each, ms: performance.now() - started }
}
