// Times several ways to do one thing in turn, so that whatever slows the machine slows them all.

/**
 * Runs every contestant once a round, in an order that rotates, and reports the median and spread of each in
 * microseconds. A contestant is `{ name, run, times }`: `run` does the thing once and may return a promise, `times` is
 * how often it runs within one sample. A `run` that returns a number has measured itself, in milliseconds.
 */
export async function compare(contestants, { rounds, warmUp = 3 }) {
  const samples = contestants.map(() => [])
  for (let round = -warmUp; round < rounds; round += 1) {
    for (let turn = 0; turn < contestants.length; turn += 1) {
      const which = (turn + round + warmUp) % contestants.length
      const taken = await sample(contestants[which])
      if (round >= 0) samples[which].push(taken)
    }
  }
  return contestants.map(({ name }, which) => ({ name, ...summary(samples[which]) }))
}

async function sample({ run, times = 1 }) {
  let measured = 0
  const started = performance.now()
  for (let time = 0; time < times; time += 1) {
    const result = run()
    const own = result instanceof Promise ? await result : result
    if (typeof own === 'number') measured += own
  }
  return ((measured || performance.now() - started) * 1000) / times
}

/** Median, and the tenth and ninetieth percentile. */
export function summary(samples) {
  const sorted = samples.toSorted((one, other) => one - other)
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]
  return { median: at(0.5), low: at(0.1), high: at(0.9) }
}
