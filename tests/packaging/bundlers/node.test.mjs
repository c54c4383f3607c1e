// The README's code bundled for Node, as functions of the cloud are deployed: what the bundler wrote pays, far from
// node_modules.
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { artefactsIn, complaintsIn } from '../stacks/contents.mjs'
import { freshProject, run } from '../stacks/fresh.mjs'
import { partsOf, serverCode, startMarket } from '../stacks/market.mjs'

let market
before(async () => (market = await startMarket()))
after(() => market?.stop())

/** Each writes to dist; `file` is what Node starts. None of these lines is about farthing. */
const tools = {
  'esbuild, ES module': {
    build: ['esbuild', 'src/index.js', '--bundle', '--platform=node', '--format=esm', '--outfile=dist/index.mjs'],
    file: 'index.mjs',
  },
  'esbuild, CommonJS': {
    build: ['esbuild', 'src/index.js', '--bundle', '--platform=node', '--format=cjs', '--outfile=dist/index.cjs'],
    file: 'index.cjs',
  },
  webpack: { build: ['webpack', '--mode', 'production', '--target', 'node', '--output-filename', 'main.cjs'], file: 'main.cjs' },
  Rspack: {
    build: ['rspack', 'build', '--mode', 'production'],
    file: 'main.cjs',
    files: { 'rspack.config.js': "export default { target: 'node', output: { filename: 'main.cjs' } }\n" },
  },
  Rolldown: { build: ['rolldown', 'src/index.js', '--dir', 'dist', '--platform', 'node'], file: 'index.js' },
  'Vite, with what it installs bundled': {
    build: ['vite', 'build', '--ssr', 'src/index.js'],
    file: 'index.js',
    // Vite leaves packages outside of a server's bundle unless told otherwise.
    files: { 'vite.config.js': 'export default { ssr: { noExternal: true } }\n' },
  },
}

/** CommonJS knows no top-level await, so the code stands in a function, as in every handler. */
function handler() {
  const { imports, body } = partsOf(serverCode(market.url))
  return `${imports}async function handler() {\n${body}}\nhandler()\n`
}

for (const [name, { build, file, files = {} }] of Object.entries(tools)) {
  test(`${name}: the bundle for Node pays`, async () => {
    const folder = freshProject({ 'src/index.js': handler(), ...files })
    assert.deepEqual(complaintsIn(await run(folder, build)), [])
    assert.deepEqual(artefactsIn(join(folder, 'dist')), { payer: 1, certificates: 1 })
    const elsewhere = mkdtempSync(join(tmpdir(), 'cloud-'))
    try {
      cpSync(join(folder, 'dist'), elsewhere, { recursive: true })
      const said = await market.paidFor(() => run(elsewhere, ['node', file], { PAYER_KEY: market.payer.privateKey }))
      assert.match(said, /state: 'settled'/)
    } finally {
      rmSync(elsewhere, { recursive: true, force: true })
    }
  })
}
