// Every check of the project, one after the other: one line each, and the counts alone on the last line.
//   node js/build/test.mjs [word]   only the suites whose name contains the word
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { at, environment, fail, outputOf, root, scratch } from './step.mjs'

const wasmTarget = ['--target', 'wasm32-unknown-unknown', '--no-default-features']
const bareMetal = ['--target', 'thumbv7em-none-eabi', '--no-default-features']

// A path that does not exist is a failure, so a suite cannot vanish by being renamed.
const suites = [
  { name: 'rust/format', command: 'cargo fmt --all --check' },
  { name: 'rust/clippy', command: 'cargo clippy --quiet --workspace --all-targets -- -D warnings' },
  {
    name: 'rust/clippy-wasm',
    command: [
      'cargo',
      'clippy',
      '--quiet',
      '--lib',
      ...wasmTarget,
      '--features',
      'wasm,local-signer',
      '--',
      '-D',
      'warnings',
    ],
  },
  {
    name: 'rust/clippy-wasm-bls',
    command: ['cargo', 'clippy', '--quiet', '--lib', ...wasmTarget, '--features', 'wasm-bls', '--', '-D', 'warnings'],
  },
  { name: 'rust/core', command: 'cargo test --quiet --locked --features bls' },
  { name: 'rust/bare-metal', command: ['cargo', 'build', '--quiet', ...bareMetal], needs: 'thumbv7em' },
  {
    name: 'rust/bare-metal-signer',
    command: ['cargo', 'build', '--quiet', ...bareMetal, '--features', 'local-signer'],
    needs: 'thumbv7em',
  },
  { name: 'drift', command: 'node js/build/drift.mjs' },
  { name: 'js/types', command: 'tsc --project js --noEmit' },
  { name: 'packaging/publint', command: 'publint run {tarball} --strict' },
  { name: 'packaging/types', command: 'attw {tarball} --profile esm-only' },
]

const needs = {
  thumbv7em: {
    met: () => (outputOf('rustup', ['target', 'list', '--installed']) ?? '').includes('thumbv7em-none-eabi'),
    advice: 'rustup target add thumbv7em-none-eabi',
  },
  chromium: {
    met: () => Boolean(process.env.CHROMIUM) || outputOf('chromium', ['--version']) !== undefined,
    advice: 'apt-get install chromium, or name one in the variable CHROMIUM',
  },
}

const chosen = suites.filter(({ name }) => name.includes(process.argv[2] ?? ''))
if (chosen.length === 0) fail(`name a suite: none contains "${process.argv[2]}".`)

const total = { passed: 0, failed: 0, skipped: 0 }
const logs = `${scratch}/logs`
mkdirSync(logs, { recursive: true })
for (const suite of chosen) {
  const counts = runSuite(suite)
  for (const key of Object.keys(total)) total[key] += counts[key]
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0)

function runSuite({ name, command, needs: need }) {
  if (need && !needs[need].met()) {
    console.log(`SKIP  ${name}: needs ${need} (${needs[need].advice})`)
    return { passed: 0, failed: 0, skipped: 1 }
  }
  const started = Date.now()
  const [program, ...args] = expand(command)
  const ended = spawnSync(program, args, { cwd: root, env: environment, encoding: 'utf8', maxBuffer: 2 ** 28 })
  const output = `${ended.stdout ?? ''}${ended.stderr ?? ''}${ended.error ? `${ended.error.message}\n` : ''}`
  const log = `${logs}/${name.replaceAll('/', '-')}.log`
  writeFileSync(log, output)
  const counts = countsIn(output, ended.status === 0)
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  const others = ['failed', 'skipped'].filter((key) => counts[key] > 0).map((key) => `, ${counts[key]} ${key}`)
  console.log(
    `${ended.status === 0 ? 'ok  ' : 'FAIL'}  ${name}: ${counts.passed} passed${others.join('')}, ${seconds} s`,
  )
  if (ended.status !== 0)
    console.log(`${output.trimEnd().split('\n').slice(-60).join('\n')}\n      the whole output is in ${log}`)
  return counts
}

/** Words of a command, with the packed tarball and `*` in the last part of a path filled in. */
function expand(command) {
  const words = Array.isArray(command) ? command : command.split(' ')
  return words.flatMap((word) => {
    if (word === '{tarball}') return filesLike('pkg/*.tgz')
    return word.includes('*') ? filesLike(word) : [word]
  })
}

function filesLike(pattern) {
  const [, folder, start, end] = /^(.*)\/([^*/]*)\*([^*/]*)$/.exec(pattern)
  const names = readdirSync(at(folder)).filter((name) => name.startsWith(start) && name.endsWith(end))
  if (names.length === 0) fail(`add the files that a suite names: none is like ${pattern}.`)
  return names.sort().map((name) => at(folder, name))
}

/** Tests that a runner counted itself; a check that counts nothing is one test. */
function countsIn(output, ok) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const lines = {
    passed: /^(?:test result: .*?(\d+) passed|(?:#|ℹ) pass (\d+)|(\d+) passed, \d+ failed)/gm,
    failed: /^(?:test result: .*?(\d+) failed|(?:#|ℹ) fail (\d+)|\d+ passed, (\d+) failed)/gm,
    skipped: /^(?:test result: .*?(\d+) ignored|(?:#|ℹ) skipped (\d+)|\d+ passed, \d+ failed, (\d+) skipped)/gm,
  }
  for (const [key, pattern] of Object.entries(lines)) {
    for (const found of output.matchAll(pattern)) counts[key] += Number(found.slice(1).find(Boolean))
  }
  if (!ok && counts.failed === 0) counts.failed = 1
  if (ok && counts.passed + counts.skipped === 0) counts.passed = 1
  return counts
}
