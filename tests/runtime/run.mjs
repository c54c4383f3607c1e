// The runtime suite in one runtime: `node tests/runtime/run.mjs <runtime>`, one of runtimes.mjs. Sellers, chain and
// core run in this process, on other origins than any page. What each test gave is kept for table.mjs.
import { mkdirSync, writeFileSync } from 'node:fs'
import { scratch } from '../../js/build/step.mjs'
import { able } from './features.mjs'
import { tarballHash } from './harness/installed.mjs'
import { withPeers } from './peers.mjs'
import { runtimes } from './runtimes.mjs'

const name = process.argv[2]
const runtime = runtimes[name]
if (!runtime) {
  console.error(`cannot run the suite in ${name}: name one of ${Object.keys(runtimes).join(', ')}`)
  process.exit(1)
}
const suite = new URL('suite.mjs', import.meta.url)
const results = await withPeers((env) => runtime.run(suite, { ...env, able: able(name) }))
keep(results)
report(results)
// A browser, or a connection to it, that does not end has nothing more to tell.
process.exit()

function keep(results) {
  mkdirSync(`${scratch}/runtimes`, { recursive: true })
  writeFileSync(`${scratch}/runtimes/${name}.json`, JSON.stringify({ tarball: tarballHash(), results }))
}

/** Prints one line per test and the counts. A suite that reports nothing has failed. */
function report(results) {
  const failed = results.filter(({ ok }) => !ok)
  for (const { name: test, ok, error } of results)
    console.log(`${ok ? 'ok  ' : 'FAIL'}  ${name}: ${test}${error ? `\n      ${error}` : ''}`)
  if (results.length === 0) {
    failed.push({ name: 'the suite' })
    console.log(`FAIL  ${name}: the suite reported no test`)
  }
  console.log(`${results.length - failed.length} passed, ${failed.length} failed, 0 skipped`)
  if (failed.length > 0) process.exitCode = 1
}
