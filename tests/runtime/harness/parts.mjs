// What every harness has its runtime do, as source: import the package, and run a suite with its entries.

/** A module that exports `start(env)`: the results of the suite, a URL or a path, with the installed package. */
export const startSource = (suite) => `
import * as farthing from 'farthing'
import { run } from ${JSON.stringify(suite)}

const parts = {
  owner: () => import('farthing/owner'),
  account: () => import('farthing/4mica'),
  sandbox: () => import('farthing/sandbox'),
  seller: () => import('farthing/seller'),
  conformance: () => import('farthing/store-conformance'),
  sqlite: () => import('farthing/stores/sqlite'),
  indexedDb: () => import('farthing/stores/indexed-db'),
  durableObject: () => import('farthing/stores/durable-object'),
}
export const start = (env) => run(farthing, env, parts)
`
