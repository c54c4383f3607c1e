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
const { text, code } = reportOf(results)
// Once it is written: a browser, or a connection to it, that does not end has nothing more to tell.
process.stdout.write(text, () => process.exit(code))

function keep(results) {
  mkdirSync(`${scratch}/runtimes`, { recursive: true })
  writeFileSync(`${scratch}/runtimes/${name}.json`, JSON.stringify({ tarball: tarballHash(), results }))
}

/** One line per test, and the counts. A suite that reports nothing has failed. */
function reportOf(results) {
  const all = results.length > 0 ? results : [{ name: 'the suite reports tests', ok: false, error: 'it reported none' }]
  const lines = all.map(({ name: test, ok, error }) => {
    return `${ok ? 'ok  ' : 'FAIL'}  ${name}: ${test}${error ? `\n      ${error}` : ''}`
  })
  const failed = all.filter(({ ok }) => !ok).length
  const counts = `${all.length - failed} passed, ${failed} failed, 0 skipped`
  return { text: `${[...lines, counts].join('\n')}\n`, code: failed > 0 ? 1 : 0 }
}
