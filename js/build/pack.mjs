// js/src and the built wasm in, pkg/dist and pkg/farthing-<version>.tgz out.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { artefacts } from './artefact.mjs'
import { versionDrifts } from './drift.mjs'
import { at, environment, fail, hashOf, isFresh, kilobytes, run, scratch, stampWith } from './step.mjs'

const manifest = JSON.parse(readFileSync(at('pkg/package.json'), 'utf8'))
const tarball = at(`pkg/${manifest.name}-${manifest.version}.tgz`)
const licences = ['LICENSE-APACHE', 'LICENSE-MIT']
const inputs = [
  'js/src',
  'js/tsconfig.json',
  'js/build/pack.mjs',
  'js/build/artefact.mjs',
  'js/build/ambient.d.ts',
  'js/package-lock.json',
  'pkg/package.json',
  'pkg/README.md',
  ...licences,
]
const stamp = `${scratch}/pack.stamp`

for (const drift of versionDrifts()) fail(drift)
const hash = hashOf(inputs)
if (isFresh(stamp, hash, [tarball, at('pkg/dist/entry')])) {
  console.log(`pack: unchanged, ${tarball}`)
} else {
  compile()
  copyBuilt()
  pack()
  stampWith(stamp, hash)
}

function compile() {
  // From empty, so that a module deleted in js/src does not live on in the package.
  rmSync(at('pkg/dist'), { recursive: true, force: true })
  run('tsc', ['--project', 'js'], 'mend the types: tsc failed above.')
}

function copyBuilt() {
  // npm finds licences by itself only where there is one.
  for (const file of licences) copyFileSync(at(file), at('pkg', file))
  mkdirSync(at('pkg/dist/generated'), { recursive: true })
  for (const { name } of artefacts) {
    if (!existsSync(at(`js/src/generated/${name}.js`))) fail('build the wasm first: node js/build/wasm.mjs')
    copyFileSync(at(`js/src/generated/${name}_bg.wasm`), at(`pkg/dist/${name}_bg.wasm`))
    writeFileSync(at(`pkg/dist/${name}.wasm.js`), inlined(readFileSync(at(`js/src/generated/${name}_bg.deflate`))))
    for (const end of ['js', 'd.ts']) {
      copyFileSync(at(`js/src/generated/${name}.${end}`), at(`pkg/dist/generated/${name}.${end}`))
    }
  }
}

/**
 * The wasm as a JavaScript module, deflated because base64 hides from gzip what it could compress: plain it is 28 % more
 * than the gzipped file. Zopfli's deflate is 5 % less than that file, base64 included; zlib's is 1 % more.
 */
function inlined(deflated) {
  return `export default '${deflated.toString('base64')}'\n`
}

function pack() {
  for (const file of readdirSync(at('pkg'))) {
    if (file.endsWith('.tgz')) rmSync(at('pkg', file))
  }
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', at('pkg')]
  const ended = run('npm', args, 'mend pkg/package.json: npm pack failed above.', {
    cwd: at('pkg'),
    env: environment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [made] = Object.values(JSON.parse(ended.stdout))
  for (const { path, size } of made.files) console.log(`pack: ${kilobytes(size).padStart(9)}  ${path}`)
  console.log(`pack: ${made.filename}, ${kilobytes(made.size)} packed, ${kilobytes(made.unpackedSize)} unpacked`)
}
