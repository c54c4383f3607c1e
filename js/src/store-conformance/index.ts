/**
 * Checks a store against the words of its contract: a way to make stores in, named checks out.
 *
 * Knows no test runner and only web globals, so that it runs wherever the store does.
 */
import type { Store } from '../store/store.js'
import { budgetChecks } from './budgets.js'
import { noteChecks } from './notes.js'
import { pagingChecks } from './paging.js'
import { raceChecks } from './races.js'
import { releaseChecks } from './releases.js'
import { reopeningChecks } from './reopening.js'
import { rowChecks } from './rows.js'
import type { Check } from './scene.js'

/** Gives a new store that is empty; called once for every check, or more. */
export type MakeStore = () => Store | Promise<Store>

/** Options for {@link storeConformance}. */
export type ConformanceOptions = {
  /** Opens what `store` keeps a second time, as another process would. Left out for an ephemeral store. */
  reopen?: ((store: Store) => Store | Promise<Store>) | undefined
  /** Marks what `store` keeps as written by a newer version of farthing. Needs `reopen`. */
  makeNewer?: ((store: Store) => void | Promise<void>) | undefined
  /** Releases what a store of `makeStore` or `reopen` uses. */
  close?: ((store: Store) => void | Promise<void>) | undefined
}

/** One sentence of the contract. `run` rejects when the store breaks it. */
export type ConformanceTest = { name: string; run: () => Promise<void> }

/** The checks that a store must pass before money may depend on it. */
export function storeConformance(makeStore: MakeStore, options: ConformanceOptions = {}): ConformanceTest[] {
  const checks: Check[] = [
    ...[rowChecks, noteChecks, budgetChecks, releaseChecks, pagingChecks, raceChecks].flat(),
    ...reopeningChecks(options),
  ]
  return checks.map(({ name, check }) => ({ name, run: () => runOne(check, makeStore, options) }))
}

async function runOne(check: Check['check'], makeStore: MakeStore, options: ConformanceOptions): Promise<void> {
  const made: Store[] = []
  const keep = async (store: Store | Promise<Store>): Promise<Store> => {
    made.push(await store)
    return store
  }
  try {
    const store = await keep(makeStore())
    await check(store, async () => (options.reopen ? keep(options.reopen(store)) : store))
  } finally {
    for (const store of made.reverse()) await options.close?.(store)
  }
}
