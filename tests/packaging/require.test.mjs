// CommonJS programs: Node has `require` for ES modules since 20.19, and the package waits for nothing while it loads.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { manifest, project } from './project.mjs'

// The machine's own Node is the oldest that is supported, see js/build/test.mjs.
const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
const oldest = folders.map((folder) => join(folder, 'node')).find((program) => existsSync(program))

// A Durable Object is a class of Workers, which alone have the module it comes from.
const elsewhere = ['./package.json', './stores/durable-object']
const subpaths = Object.keys(manifest.exports).filter((path) => !elsewhere.includes(path))
const program = `for (const path of ${JSON.stringify(subpaths)}) require(path.replace('.', 'farthing'))
const { localWallet, wrapFetch } = require('farthing')
const wallet = localWallet(new Uint8Array(32).fill(1))
wrapFetch(fetch, { wallet }).then((pay) => console.log(JSON.parse(pay.policy.json).perRequest))
`

for (const [which, node] of [
  ['the pinned Node', process.execPath],
  ['the oldest Node', oldest],
]) {
  test(`a CommonJS program in ${which} requires every part and starts it, without a warning`, () => {
    assert.ok(node, 'a Node is on PATH')
    writeFileSync(join(project, 'program.cjs'), program)
    const { stdout, stderr } = spawnSync(node, ['program.cjs'], { cwd: project, encoding: 'utf8' })
    assert.deepEqual([stdout, stderr], ['0.10 USD\n', ''])
  })
}
