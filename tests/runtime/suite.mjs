// One suite for every runtime: `run(farthing, env, parts)` with the installed package, what peers.mjs says of the
// peers, and the package's other entries, each behind a function that imports it.
// It uses web globals only, so that what passes here passes in a Worker and in a page as it stands.
import { aborting } from './suite/aborting.mjs'
import { account } from './suite/4mica/account.mjs'
import { bodies } from './suite/bodies.mjs'
import { clearing } from './suite/4mica/clearing.mjs'
import { deciding } from './suite/deciding.mjs'
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

// Starting comes first: only once in a process is nothing started yet.
const paid = [starting, paying, passing, bodies, refusing, deciding, ruling, owning, aborting, wallets, secrets]
const sold = [selling, repeating, doors, guaranteed]
const groups = [...paid, clearing, account, ...sold]
// A machine that does other things beside is slow; nothing here takes a second on an idle one.
const PATIENCE_MS = 60_000

/** Runs every test, one after the other. Out: `{ name, ok, error }` of each. */
export async function run(farthing, env, parts) {
  const results = []
  for (const group of groups) {
    for (const [name, test] of Object.entries(group(farthing, env, parts))) results.push(await resultOf(name, test))
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
    return { name, ok: false, error: String(thrown?.stack ?? thrown).slice(0, 2000) }
  } finally {
    clearTimeout(timer)
  }
}
