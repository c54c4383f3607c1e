// What the manifest promises to tools, held against the files of the package.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { requireTool } from '../runtime/harness/installed.mjs'
import { check, installed, manifest, resolutions } from './project.mjs'

const { './package.json': own, ...subpaths } = manifest.exports
const read = (path) => readFileSync(join(installed, path), 'utf8')
const modules = readdirSync(installed, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
  .map(({ name, parentPath }) => relative(installed, join(parentPath, name)))
/** Made by wasm-bindgen and by js/build/pack.mjs: there is no source to map, and nothing in them that others notice. */
const written = (path) => path.endsWith('.wasm.js') || /generated\/farthing\w*\.js$/.test(path)

test('conditions stand from the narrowest to the widest, and types before everything', () => {
  assert.equal(own, './package.json')
  const order = ['workerd', 'edge-light', 'deno', 'bun', 'node', 'browser', 'default']
  const conditional = Object.entries(subpaths).filter(([, targets]) => targets.workerd)
  assert.ok(conditional.length >= 6)
  for (const [path, targets] of conditional) assert.deepEqual(Object.keys(targets), order, path)
  const leaves = Object.values(subpaths).flatMap((targets) => (targets.workerd ? Object.values(targets) : [targets]))
  for (const leaf of leaves) assert.deepEqual(Object.keys(leaf), ['types', 'default'])
})

test('a tool that knows no exports finds the same subpaths, as they are for the web', () => {
  const forWeb = (targets) => targets.default.default ?? targets.default
  const { '.': main, ...others } = subpaths
  assert.equal(manifest.main, forWeb(main))
  assert.equal(manifest.types, main.default.types)
  assert.deepEqual(manifest.alias, Object.fromEntries(Object.entries(others).map(([path, to]) => [path, forWeb(to)])))
})

// What `wrangler types` declares, as far as our types name it.
const workers = `declare module 'cloudflare:workers' {
  export class DurableObject<Env = unknown> {
    protected ctx: unknown
    protected env: Env
  }
}
`
for (const [module, moduleResolution] of resolutions) {
  test(`every subpath has types with ${moduleResolution} resolution`, () => {
    const names = Object.keys(subpaths).map((path) => path.replace('.', 'farthing'))
    const source = names.map((name, at) => `import type * as part${at} from '${name}'\nexport type { part${at} }\n`).join('')
    const { status, output } = check({ 'workers.d.ts': workers, 'subpaths.ts': source }, { module, moduleResolution })
    assert.equal(status, 0, output)
  })
}

test('exactly the modules that do something when they are imported are listed in sideEffects', () => {
  const ts = requireTool('typescript')
  const acts = (path) => {
    const { statements } = ts.createSourceFile(path, read(path), ts.ScriptTarget.ES2022)
    const bare = (statement) => ts.isImportDeclaration(statement) && !statement.importClause
    return statements.some((statement) => bare(statement) || ts.isExpressionStatement(statement))
  }
  const patterns = manifest.sideEffects.map((glob) => new RegExp(`^${glob.slice(2).replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`))
  const listed = modules.filter((path) => patterns.some((pattern) => pattern.test(path)))
  assert.deepEqual(modules.filter((path) => !written(path) && acts(path)), listed)
  assert.ok(listed.length > 10)
})

test('every module has a source map with its source inside', () => {
  const mapped = modules.filter((path) => !written(path))
  assert.ok(mapped.length > 80)
  for (const path of mapped) {
    const name = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(read(path))?.[1]
    assert.equal(name, `${path.split('/').at(-1)}.map`, path)
    const { sources, sourcesContent } = JSON.parse(read(`${path}.map`))
    assert.equal(sources.length, 1, path)
    assert.match(sources[0], /\.ts$/)
    assert.ok(sourcesContent[0].length > 0, path)
  }
})

test('npm finds nothing to correct in the manifest', () => {
  const folder = mkdtempSync(join(tmpdir(), 'farthing-manifest-'))
  try {
    writeFileSync(join(folder, 'package.json'), read('package.json'))
    const { status, stderr } = spawnSync('npm', ['pkg', 'fix'], { cwd: folder, encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    assert.deepEqual(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')), manifest)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('it can be published with provenance: repository, licences and access are named', () => {
  assert.deepEqual(manifest.publishConfig, { access: 'public', provenance: true })
  assert.equal(manifest.repository.type, 'git')
  assert.match(manifest.repository.url, /^git\+https:\/\/github\.com\/[\w-]+\/farthing\.git$/)
  assert.equal(manifest.repository.directory, 'pkg')
  assert.equal(manifest.license, 'Apache-2.0 OR MIT')
  for (const [file, words] of [
    ['LICENSE-APACHE', 'Apache License'],
    ['LICENSE-MIT', 'Permission is hereby granted, free of charge'],
  ]) {
    assert.ok(existsSync(join(installed, file)), file)
    assert.ok(read(file).includes(words), file)
  }
})
