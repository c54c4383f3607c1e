// README's table of runtimes and features, from what the runs of the suite left behind (run.mjs): a cell is there only
// when its tests ran against the present package and passed.
//   node tests/runtime/table.mjs           fails when a cell has no passing test, or README says something else
//   node tests/runtime/table.mjs --write   writes the table
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { at, fail, scratch } from '../../js/build/step.mjs'
import { features } from './features.mjs'
import { tarballHash } from './harness/installed.mjs'
import { runtimes } from './runtimes.mjs'

const [begin, end] = ['<!-- runtimes: written by tests/runtime/table.mjs -->', '<!-- /runtimes -->']
const readme = at('README.md')
const problems = []
const present = tarballHash()

const rows = Object.entries(runtimes).map(([name, { title }]) => {
  const results = resultsOf(name)
  return [title, ...features.map((feature) => cell(name, feature, results))]
})
const line = (cells) => `| ${cells.join(' | ')} |`
const head = ['', ...features.map(({ title }) => title)]
const table = [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')

for (const problem of problems) console.log(`FAIL  ${problem}`)
const text = readFileSync(readme, 'utf8')
const [before, rest] = text.split(begin)
if (rest === undefined || !rest.includes(end)) fail(`put ${begin} and ${end} into README.md.`)
const written = `${before}${begin}\n${table}\n${end}${rest.slice(rest.indexOf(end) + end.length)}`
if (process.argv[2] === '--write' && problems.length === 0) writeFileSync(readme, written)
else if (written !== text) problems.push('README: the table is not the one of these runs, run table.mjs --write')
const cells = rows.length * features.length
console.log(`${problems.length === 0 ? `ok    ${cells} cells` : `FAIL  ${problems.at(-1)}`}`)
process.exitCode = problems.length === 0 ? 0 : 1

function resultsOf(name) {
  const path = `${scratch}/runtimes/${name}.json`
  const kept = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
  if (kept?.tarball === present) return kept.results
  problems.push(`${name}: the suite did not run with this package: node tests/runtime/run.mjs ${name}`)
  return []
}

/** A check mark, or a dash where tests saw that the runtime refuses in plain words. */
function cell(name, { title, groups, named = /./, able }, results) {
  const tests = results.filter(({ group, name }) => groups.includes(group) && named.test(name))
  // A group that vanished must not hide behind the others of its feature.
  const missing = groups.filter((group) => !tests.some((test) => test.group === group))
  const failed = tests.filter(({ ok }) => !ok)
  if (missing.length > 0) problems.push(`${name}, ${title}: no test of ${missing.join(', ')} ran`)
  for (const { name: test } of failed) problems.push(`${name}, ${title}: "${test}" failed`)
  return able(name) ? '✓' : '—'
}
