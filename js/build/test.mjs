// Every check of the project, one after the other: one line each, and the counts alone on the last line.
//   node js/build/test.mjs [word]   only the suites whose name contains the word
// What a suite prints stays in its log, except where it fails, and except lines that begin with `table: `: those are a
// result to be read, such as who pays whom (tests/interop/matrix.test.mjs), and stand below the line of the suite.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { machineNode } from '../../tests/runtime/runtimes.mjs'
import { at, environment, fail, outputOf, root, scratch, testRunner } from './step.mjs'

const wasmTarget = ['--lib', '--target', 'wasm32-unknown-unknown', '--no-default-features']
const bareMetal = ['--target', 'thumbv7em-none-eabi', '--no-default-features']

// Checks and a few short tests need no fast dependencies, and the dev profile would optimise them for minutes.
const unoptimised = ['--config', 'profile.dev.package."*".opt-level=0']
const clippy = ['cargo', 'clippy', '--quiet', ...unoptimised]
const strictly = ['--', '-D', 'warnings']

const storeTests = (folder, files = 1) =>
  `node --test --test-timeout=300000 --test-concurrency=${files} ${folder}/*.test.mjs`

const runtimeNeeds = {
  node20: 'node20',
  chromium: 'chromium',
  worker: 'chromium',
  service: 'chromium',
  firefox: 'firefox',
  webkit: 'webkit',
}
const runtimeSuite = (name) => ({
  name: `runtime/${name}`,
  command: `node tests/runtime/run.mjs ${name}`,
  needs: runtimeNeeds[name],
})

// A path that does not exist is a failure, so a suite cannot vanish by being renamed.
const suites = [
  { name: 'rust/format', command: 'cargo fmt --all --check' },
  { name: 'rust/clippy', command: [...clippy, '--workspace', '--all-targets', ...strictly] },
  {
    name: 'rust/clippy-wasm',
    command: [...clippy, ...wasmTarget, '--features', 'wasm,local-signer,artefact', ...strictly],
  },
  { name: 'rust/clippy-wasm-bls', command: [...clippy, ...wasmTarget, '--features', 'wasm-bls,artefact', ...strictly] },
  {
    name: 'rust/clippy-wasm-owner',
    command: [...clippy, ...wasmTarget, '--features', 'wasm-owner,artefact', ...strictly],
  },
  {
    name: 'rust/clippy-wasm-account',
    command: [...clippy, ...wasmTarget, '--features', 'wasm-account,artefact', ...strictly],
  },
  {
    name: 'rust/clippy-wasm-sandbox',
    command: [...clippy, ...wasmTarget, '--features', 'wasm-sandbox,artefact', ...strictly],
  },
  {
    name: 'rust/clippy-wasm-seller',
    command: [...clippy, ...wasmTarget, '--features', 'wasm-seller,artefact', ...strictly],
  },
  { name: 'rust/clippy-sandbox', command: [...clippy, '--all-targets', '--features', 'sandbox', ...strictly] },
  { name: 'rust/clippy-seller', command: [...clippy, '--all-targets', '--features', 'seller,bls', ...strictly] },
  { name: 'rust/core', command: 'cargo test --quiet --locked --features bls,seller' },
  { name: 'rust/sandbox', command: 'cargo test --quiet --locked --features sandbox --test sandbox' },
  {
    name: 'rust/invariants',
    command: 'cargo test --quiet --locked --features bls,seller,seeded-bugs --test invariants',
  },
  {
    name: 'rust/build',
    command: ['cargo', 'test', '--quiet', '--locked', ...unoptimised, '--package', 'farthing-bindgen'],
  },
  { name: 'rust/bare-metal', command: ['cargo', 'build', '--quiet', ...bareMetal], needs: 'thumbv7em' },
  {
    name: 'rust/bare-metal-signer',
    command: ['cargo', 'build', '--quiet', ...bareMetal, '--features', 'local-signer'],
    needs: 'thumbv7em',
  },
  {
    name: 'rust/bindings',
    command: [
      ...['cargo', 'test', '--locked', ...unoptimised, '--target', 'wasm32-unknown-unknown'],
      ...['--features', 'wasm', '--test', 'wasm'],
    ],
    env: { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: testRunner, TMPDIR: scratch },
  },
  {
    name: 'rust/docs',
    command: 'cargo doc --quiet --locked --no-deps --lib --features bls,seller',
    env: { RUSTDOCFLAGS: '-D warnings' },
  },
  { name: 'rust/reproducible', command: 'node js/build/reproduce.mjs' },
  { name: 'drift', command: 'node js/build/drift.mjs' },
  { name: 'js/types', command: 'tsc --project js --noEmit' },
  { name: 'js/size', command: 'node js/build/size.mjs' },
  { name: 'js/format', command: 'prettier --check --log-level warn --ignore-path js/.prettierignore js/src js/build' },
  { name: 'peers', command: 'node --test --test-timeout=180000 --test-concurrency=1 tests/peers/*.test.mjs' },
  ...['node20', 'node22', 'node24', 'deno', 'bun', 'workerd', 'edge'].map(runtimeSuite),
  ...['chromium', 'worker', 'service', 'firefox', 'webkit'].map(runtimeSuite),
  {
    name: 'runtime/places',
    command: 'node --test --test-timeout=180000 --test-concurrency=1 tests/runtime/*.test.mjs',
    needs: 'webkit',
  },
  // After the runs, of which the table is made.
  { name: 'runtime/table', command: 'node tests/runtime/table.mjs' },
  { name: 'stores/conformance', command: storeTests('tests/stores/conformance', 2) },
  { name: 'stores/servers', command: storeTests('tests/stores') },
  { name: 'stores/browser', command: storeTests('tests/stores/browser'), needs: 'chromium' },
  { name: 'stores/races', command: storeTests('tests/stores/races'), needs: 'chromium' },
  { name: 'stores/crash', command: storeTests('tests/stores/crash') },
  { name: 'interop', command: 'node --test --test-timeout=180000 --test-concurrency=1 tests/interop/*.test.mjs' },
  { name: 'seller', command: 'node --test --test-timeout=180000 tests/seller/*.test.mjs' },
  { name: 'seller/races', command: 'node --test --test-timeout=600000 tests/seller/races/*.test.mjs' },
  { name: 'seller/crash', command: 'node --test --test-timeout=600000 tests/seller/crash/*.test.mjs' },
  { name: 'browser', command: 'node --test --test-timeout=180000 tests/browser/*.test.mjs', needs: 'chromium' },
  // What `make bench` needs a machine of its own for is left out, and nothing is held against the clock.
  { name: 'bench/quick', command: 'node tests/bench/run.mjs --quick', needs: 'chromium' },
  { name: 'examples', command: 'node --test --test-timeout=180000 --test-concurrency=1 tests/examples/*.test.mjs' },
  { name: 'packaging/consumer', command: 'node --test --test-timeout=180000 tests/packaging/*.test.mjs' },
  {
    name: 'packaging/bundlers',
    command: 'node --test --test-timeout=180000 tests/packaging/bundlers/*.test.mjs',
    needs: 'chromium',
  },
  {
    name: 'packaging/servers',
    command: 'node --test --test-timeout=300000 --test-concurrency=1 tests/packaging/servers/*.test.mjs',
    needs: 'chromium',
  },
  { name: 'packaging/testing', command: 'node --test --test-timeout=180000 tests/packaging/testing/*.test.mjs' },
  { name: 'packaging/publint', command: 'publint run {tarball} --strict' },
  { name: 'packaging/types', command: 'attw {tarball} --profile esm-only' },
]

const needs = {
  thumbv7em: {
    met: () => (outputOf('rustup', ['target', 'list', '--installed']) ?? '').includes('thumbv7em-none-eabi'),
    advice: 'rustup target add thumbv7em-none-eabi',
  },
  node20: {
    met: () => machineNode !== undefined && (outputOf(machineNode, ['--version']) ?? '').startsWith('v20.'),
    advice: 'put a Node 20 on PATH; the other suites run on the pinned Node 24',
  },
  chromium: {
    met: () => Boolean(process.env.CHROMIUM) || outputOf('chromium', ['--version']) !== undefined,
    advice: 'apt-get install chromium, or name one in the variable CHROMIUM',
  },
  firefox: {
    met: () => Boolean(process.env.FIREFOX) || outputOf('firefox-esr', ['--version']) !== undefined,
    advice: 'apt-get install firefox-esr, or name one in the variable FIREFOX',
  },
  webkit: {
    met: () => ['WebKitWebDriver', 'xvfb-run'].every((program) => outputOf('which', [program]) !== undefined),
    advice: 'apt-get install webkit2gtk-driver xvfb xauth',
  },
}

const chosen = suites.filter(({ name }) => name.includes(process.argv[2] ?? ''))
if (chosen.length === 0) fail(`name a suite: none contains "${process.argv[2]}".`)

const total = { passed: 0, failed: 0, skipped: 0 }
const failures = []
const logs = `${scratch}/logs`
mkdirSync(logs, { recursive: true })
// The binding tests' runner writes CommonJS below; a package.json of type module further up would forbid it.
writeFileSync(`${scratch}/package.json`, '{ "type": "commonjs" }\n')
for (const suite of chosen) {
  const counts = runSuite(suite)
  for (const key of Object.keys(total)) total[key] += counts[key]
}
// Once more: who sees only the end of a long log must see what failed.
for (const { name, lines } of failures) console.log(`\nFAIL  ${name}\n${lines.join('\n')}`)
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0)

function runSuite({ name, command, needs: need, env = {} }) {
  if (need && !needs[need].met()) {
    console.log(`SKIP  ${name}: needs ${need} (${needs[need].advice})`)
    return { passed: 0, failed: 0, skipped: 1 }
  }
  const started = Date.now()
  const [program, ...args] = expand(command)
  const ended = spawnSync(program, args, {
    cwd: root,
    env: { ...environment, ...env },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  const output = `${ended.stdout ?? ''}${ended.stderr ?? ''}${ended.error ? `${ended.error.message}\n` : ''}`
  const log = `${logs}/${name.replaceAll('/', '-')}.log`
  writeFileSync(log, output)
  const counts = countsIn(output, ended.status === 0)
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  const others = ['failed', 'skipped'].filter((key) => counts[key] > 0).map((key) => `, ${counts[key]} ${key}`)
  console.log(
    `${counts.failed === 0 ? 'ok  ' : 'FAIL'}  ${name}: ${counts.passed} passed${others.join('')}, ${seconds} s`,
  )
  // TAP, which the oldest Node writes, puts a `#` before what a test prints.
  for (const [, line] of output.matchAll(/^(?:# )?table: (.*)$/gm)) console.log(`      ${line}`)
  if (counts.failed > 0) {
    const lines = failuresIn(output)
    failures.push({ name, lines })
    // What failed stands first: an excerpt of this log begins here.
    const context = output.trimEnd().split('\n').slice(-60)
    console.log([...lines, `      the whole output is in ${log}, its end is:`, ...context].join('\n'))
  }
  return counts
}

/** The lines that name a failed test, each with the error below it; without any, the last lines. */
function failuresIn(output) {
  const [most, below, width] = [120, 12, 400]
  const names = /^\s*(?:FAIL\b|not ok\b|✖ |error(?:\[|:)|---- .* ----$|thread '.*' panicked)/
  const passes = /^\s*(?:ok\b|✔ |▶ |# |ℹ )/
  const lines = output.trimEnd().split('\n')
  const found = new Set()
  for (const [at, line] of lines.entries()) {
    if (!names.test(line)) continue
    found.add(at)
    for (let next = at + 1; next <= at + below && next < lines.length && !passes.test(lines[next]); next += 1)
      found.add(next)
  }
  const kept = found.size > 0 ? [...found].sort((a, b) => a - b).map((at) => lines[at]) : lines.slice(-20)
  return kept.slice(-most).map((line) => line.slice(0, width))
}

/** Words of a command. A list is taken as it stands; in a string the tarball and a `*` in a file name are filled in. */
function expand(command) {
  if (Array.isArray(command)) return command
  return command.split(' ').flatMap((word) => {
    if (word === '{tarball}') return filesLike('pkg/*.tgz')
    return word.includes('*') ? filesLike(word) : [word]
  })
}

function filesLike(pattern) {
  const [, folder, start, end] = /^(.*)\/([^*/]*)\*([^*/]*)$/.exec(pattern)
  const all = existsSync(at(folder)) ? readdirSync(at(folder)) : []
  const names = all.filter((name) => name.startsWith(start) && name.endsWith(end))
  // Left as it stands, so that the program fails on it by name.
  return names.length > 0 ? names.sort().map((name) => at(folder, name)) : [pattern]
}

/** Tests that a runner counted itself; a check that counts nothing is one test. */
function countsIn(output, ok) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const lines = {
    passed: /^(?:test result: .*?(\d+) passed|(?:#|ℹ) pass (\d+)|(\d+) passed, \d+ failed)/gm,
    failed: /^(?:test result: .*?(\d+) failed|(?:#|ℹ) fail (\d+)|\d+ passed, (\d+) failed)/gm,
    skipped: /^(?:test result: .*?(\d+) ignored|(?:#|ℹ) skipped (\d+)|\d+ passed, \d+ failed, (\d+) skipped)/gm,
  }
  let counted = false
  for (const [key, pattern] of Object.entries(lines)) {
    for (const found of output.matchAll(pattern)) {
      counts[key] += Number(found.slice(1).find(Boolean))
      counted = true
    }
  }
  if (!ok && counts.failed === 0) counts.failed = 1
  // A runner that found no test has checked nothing, whatever its exit code says.
  if (ok && counts.passed + counts.skipped === 0) counts[counted ? 'failed' : 'passed'] = 1
  return counts
}
