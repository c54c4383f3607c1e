// Brings a machine to where the project builds. Runs again in a second, changes only what is missing.
//   --bench    also the libraries that the benchmarks pay with by hand (tests/bench/peers)
//   --bundlers also the bundlers and frameworks that others put us into (tests/packaging/tools)
//   --browser  also Chromium, for the tests in a page
//   --peers    also the counterparties that the tests pay (tests/peers)
//   --python   also the official Python client, which pays us in tests (tests/peers/python)
//   --runtimes also the runtimes and browsers that the runtime suite needs beside those (tests/runtime)
//   --stores   also the servers and clients that the stores are tested with (tests/stores)
//   --runner   also the program that runs Rust tests inside a JavaScript engine
import { existsSync, readdirSync } from 'node:fs'
import {
  at,
  environment,
  fail,
  hashOf,
  isFresh,
  manifestValue,
  outputOf,
  run,
  stampWith,
  target,
  testRunner,
} from './step.mjs'

const asked = new Set(process.argv.slice(2))

const needs = [
  ['rustup', ['--version'], 'install rustup from https://rustup.rs: the project adds compile targets with it.'],
  ['cargo', ['--version'], 'install a Rust toolchain: rustup toolchain install stable --no-self-update'],
  ['cc', ['--version'], 'install a C compiler, which Rust links with: apt-get install gcc libc6-dev'],
  ['make', ['--version'], 'install make: apt-get install make'],
  ['npm', ['--version'], 'install npm, which comes with Node: https://nodejs.org'],
]

checkPrograms()
addTargets()
installPackages('js', 'ci')
if (asked.has('--peers')) {
  // Not `ci`: it wants the packages of every platform in the lockfile, and the registry lacks some of anvil's and Deno's.
  for (const folder of ['tests/peers', 'tests/peers/legacy']) installPackages(folder, 'install')
}
if (asked.has('--bench')) installPackages('tests/bench/peers', 'ci')
if (asked.has('--python')) installPython('tests/peers/python')
if (asked.has('--stores')) {
  installPackages('tests/stores', 'ci')
  installServers()
}
if (['--stores', '--runtimes', '--bundlers'].some((word) => asked.has(word)))
  installPackages('tests/stores/runtimes', 'install')
if (asked.has('--bundlers')) {
  for (const folder of ['tests/packaging/tools', 'tests/packaging/tools/next']) installPackages(folder, 'install')
}
if (asked.has('--browser')) installBrowser()
if (asked.has('--runtimes')) {
  installPackages('tests/runtime/tools', 'install')
  installBrowsers()
}
if (asked.has('--runner')) installRunner()

function checkPrograms() {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    fail(`install Node 20 or newer from https://nodejs.org: this is ${process.version}.`)
  }
  for (const [program, args, advice] of needs) {
    if (outputOf(program, args) === undefined) fail(advice)
  }
  for (const component of ['rustfmt', 'clippy']) {
    if (outputOf('cargo', [component === 'rustfmt' ? 'fmt' : 'clippy', '--version']) !== undefined) continue
    run('rustup', ['component', 'add', component], `add the Rust component: rustup component add ${component}`)
  }
}

function addTargets() {
  const installed = (outputOf('rustup', ['target', 'list', '--installed']) ?? '').split('\n')
  if (!installed.includes('wasm32-unknown-unknown')) {
    const advice = 'add the WebAssembly target: rustup target add wasm32-unknown-unknown'
    run('rustup', ['target', 'add', 'wasm32-unknown-unknown'], advice)
  }
  if (!installed.includes('thumbv7em-none-eabi')) {
    // Only a check builds for it, and that check reports itself as skipped.
    const added = outputOf('rustup', ['target', 'add', 'thumbv7em-none-eabi'])
    if (added === undefined) console.log('notice: cannot add thumbv7em-none-eabi, the bare-metal check will be skipped')
  }
}

function installPackages(folder, command) {
  if (!existsSync(at(folder, 'package-lock.json'))) fail(`restore ${folder}/package-lock.json: it is missing.`)
  const hash = hashOf([`${folder}/package-lock.json`], process.platform, process.arch)
  const stamp = at(folder, 'node_modules/.farthing-lock-hash')
  if (isFresh(stamp, hash, [])) return
  const args = [command, '--no-audit', '--no-fund', '--loglevel=error']
  // The Node of an earlier install must not run the npm that deletes it.
  const options = { cwd: at(folder), env: { ...environment, PATH: process.env.PATH } }
  run('npm', args, `reach the npm registry and run again: npm ${command} in ${folder} failed.`, options)
  stampWith(stamp, hash)
}

function installPython(folder) {
  const usable = ['-c', 'import ensurepip, sys, venv; assert sys.version_info >= (3, 10); print(sys.version)']
  // Debian's python3 comes without ensurepip, which venv needs, and a small image without python3.
  if (outputOf('python3', usable) === undefined) {
    installSystem(['python3', 'python3-venv'], 'install Python 3.10 or newer (apt-get install python3 python3-venv).')
  }
  const requirements = `${folder}/requirements.txt`
  const hash = hashOf([requirements], process.platform, process.arch, outputOf('python3', usable) ?? '')
  const venv = at(folder, '.venv')
  const stamp = `${venv}/.farthing-lock-hash`
  if (isFresh(stamp, hash, [])) return
  run('python3', ['-m', 'venv', '--clear', venv], 'install Python with its venv (apt-get install python3-venv).')
  // Wheels only: nothing that is downloaded runs while it is installed.
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes']
  run(
    `${venv}/bin/python`,
    [...args, '--only-binary', ':all:', '--requirement', at(requirements)],
    `reach the Python package index and run again: pip install of ${requirements} failed.`,
  )
  stampWith(stamp, hash)
}

function installBrowser() {
  if (process.env.CHROMIUM || outputOf('chromium', ['--version'])) return
  installSystem(['chromium'], 'install Chromium (apt-get install chromium) or name one in the variable CHROMIUM.')
}

function installBrowsers() {
  const missing = Object.entries({
    'firefox-esr': process.env.FIREFOX ?? 'firefox-esr',
    'webkit2gtk-driver': 'WebKitWebDriver',
    xvfb: 'xvfb-run',
    xauth: 'xauth',
  }).filter(([, program]) => outputOf('which', [program]) === undefined)
  if (missing.length === 0) return
  const packages = missing.map(([name]) => name)
  installSystem(packages, `install the browsers of the runtime suite (apt-get install ${packages.join(' ')}).`)
}

function installServers() {
  if (!outputOf(process.env.REDIS_SERVER ?? 'redis-server', ['--version'])) {
    installSystem(['redis-server'], 'install Redis (apt-get install redis-server) or name one in REDIS_SERVER.')
  }
  // Debian keeps the programs of every version in a folder of its own, outside PATH.
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : []
  if (versions.some((version) => existsSync(`/usr/lib/postgresql/${version}/bin/initdb`))) return
  if (outputOf('initdb', ['--version'])) return
  installSystem(['postgresql'], 'install PostgreSQL (apt-get install postgresql) or put its initdb in PATH.')
}

function installSystem(packages, advice) {
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...environment, DEBIAN_FRONTEND: 'noninteractive' } }
  run('apt-get', ['update', '-qq'], advice, quiet)
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], advice, quiet)
}

// Some minutes, once: it comes with an HTTP server and a WebDriver client. A debug build is fast enough for our tests.
function installRunner() {
  const version = manifestValue('Cargo.toml', 'wasm-bindgen').replace('=', '')
  if ((outputOf(testRunner, ['--version']) ?? '').endsWith(` ${version}`)) return
  console.log(`setup: building the wasm-bindgen ${version} test runner, some minutes, once`)
  const args = ['install', '--quiet', '--locked', '--debug', '--force', '--root', `${target}/js/tools`]
  run(
    'cargo',
    [...args, 'wasm-bindgen-cli', '--version', version],
    `build the test runner: cargo install wasm-bindgen-cli ${version}`,
    {
      env: { ...environment, CARGO_TARGET_DIR: `${target}/js/tools/build` },
    },
  )
}
