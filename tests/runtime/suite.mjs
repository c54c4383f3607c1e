// One suite for every runtime: `run(farthing, env, parts)` with the installed package, what peers.mjs says of the
// peers, what the runtime is able to (features.mjs), and the package's other entries, each behind a function.
// It uses web globals only, so that what passes here passes in a Worker and in a page as it stands.
import { aborting } from './suite/aborting.mjs'
import { account } from './suite/4mica/account.mjs'
import { bodies } from './suite/bodies.mjs'
import { clearing } from './suite/4mica/clearing.mjs'
import { deciding } from './suite/deciding.mjs'
import { durableObject, indexedDb, memory, sqlite } from './suite/keeping.mjs'
import { owning } from './suite/owning.mjs'
import { passing } from './suite/passing.mjs'
import { paying } from './suite/paying.mjs'
import { refusing } from './suite/refusing.mjs'
import { ruling } from './suite/ruling.mjs'
import { secrets } from './suite/secrets.mjs'
import { doors } from './suite/seller/doors.mjs'
import { guaranteed } from './suite/seller/guaranteed.mjs'
import { repeating } from './suite/seller/repeating.mjs'
import { selling } from './suite/seller/selling.mjs'
import { starting } from './suite/starting.mjs'
import { wallets } from './suite/wallets.mjs'

// Starting comes first: only once in a process is nothing started yet. By name, which bundlers would change.
const paid = { starting, paying, passing, bodies, refusing, deciding, ruling, owning, aborting, wallets, secrets }
const sold = { selling, repeating, doors, guaranteed }
const kept = { memory, sqlite, indexedDb, durableObject }
const groups = { ...paid, clearing, account, ...sold, ...kept }
// A machine that does other things beside is slow; nothing here takes five seconds on an idle one.
const PATIENCE_MS = 60_000

/** Runs every test, one after the other. Out: `{ group, name, ok, error }` of each. */
export async function run(farthing, env, parts) {
  const results = []
  for (const [group, testsOf] of Object.entries(groups)) {
    const tests = Object.entries(await testsOf(farthing, env, parts))
    for (const [name, test] of tests) results.push({ group, ...(await resultOf(name, test)) })
  }
  return results
}

async function resultOf(name, test) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${PATIENCE_MS} ms`)), PATIENCE_MS)
  })
  try {
    await Promise.race([test(), late])
    return { name, ok: true }
  } catch (thrown) {
    // Not every engine repeats the message in the stack.
    return { name, ok: false, error: `${thrown}\n${String(thrown?.stack).replace(`${thrown}`, '')}`.slice(0, 2000) }
  } finally {
    clearTimeout(timer)
  }
}
