// Hands the conformance suite to node:test.
import { describe, test } from 'node:test'
import { load } from '../package-under-test.mjs'

const { storeConformance } = await load('store-conformance')

/** Checks the stores of `makeStore`: see `storeConformance` for both arguments. */
export function checkStore(name, makeStore, options) {
  describe(name, { timeout: 120_000 }, () => {
    for (const { name: sentence, run } of storeConformance(makeStore, options)) test(sentence, { timeout: 60_000 }, run)
  })
}

/** The sentences that a store breaks. */
export async function brokenSentences(makeStore, options) {
  const broken = []
  for (const { name, run } of storeConformance(makeStore, options)) {
    try {
      await run()
    } catch (thrown) {
      broken.push({ name, message: thrown.message })
    }
  }
  return broken
}
