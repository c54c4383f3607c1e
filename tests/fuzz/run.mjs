// Coverage-guided fuzzing: each target for so many seconds, from the seeds of tests/core/robustness.
//   node tests/fuzz/run.mjs [seconds] [target …]
import { readFileSync } from 'node:fs'
import { at, environment, fail, outputOf, run, scratch } from '../../js/build/step.mjs'

const VERSION = '0.13.2'
const tools = `${scratch}/tools`
const env = { ...environment, PATH: `${tools}/bin:${environment.PATH}` }

const [seconds = '60', ...words] = process.argv.slice(2)
if (!/^[1-9]\d*$/.test(seconds)) fail(`name a number of seconds: ${seconds} is none.`)
const targets = [...readFileSync(at('tests/fuzz/Cargo.toml'), 'utf8').matchAll(/\[\[bin\]\]\nname = "(.*)"/g)].map(
  ([, name]) => name,
)
const unknown = words.find((word) => !targets.includes(word))
if (unknown) fail(`name targets of ${targets.join(', ')}: there is no ${unknown}.`)

if (outputOf('cargo', ['+nightly', '--version']) === undefined) {
  fail('install a nightly toolchain, which the sanitizer needs: rustup toolchain install nightly --profile minimal')
}
if (outputOf(`${tools}/bin/cargo-fuzz`, ['--version']) !== `cargo-fuzz ${VERSION}`) {
  console.log(`fuzz: building cargo-fuzz ${VERSION}, a minute or two, once`)
  const install = ['install', '--quiet', '--locked', '--debug', '--force', '--root', tools, `cargo-fuzz@${VERSION}`]
  run('cargo', install, `build it: cargo install --locked cargo-fuzz@${VERSION}`, {
    env: { ...env, CARGO_TARGET_DIR: `${tools}/build` },
  })
}

const seeds = ['test', '--quiet', '--features', 'bls,seller', '--test', 'robustness', 'judged']
run('cargo', seeds, 'mend the judges first: they refuse their own seeds.', {
  env: { ...env, FARTHING_CORPUS: at('tests/fuzz/corpus'), FARTHING_FUZZ_MS: '1' },
})
for (const target of words.length > 0 ? words : targets) {
  // An answer is at most 64 KiB; what is longer than a few is refused for its length alone.
  const limits = ['--', `-max_total_time=${seconds}`, '-max_len=8192', '-print_final_stats=1']
  const fuzz = ['+nightly', 'fuzz', 'run', '--fuzz-dir', 'tests/fuzz', target, ...limits]
  run('cargo', fuzz, `mend what ${target} found: the input is in tests/fuzz/artifacts/${target}.`, { env })
}
