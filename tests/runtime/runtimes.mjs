// Where the suite runs: each runtime by name, with its title in the README's table.
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runInBrowser } from './harness/browsers.mjs'
import { runInEdge } from './harness/edge.mjs'
import { runInNode } from './harness/node.mjs'
import { runInWorkerd } from './harness/workerd.mjs'

/** The machine's own Node, not the pinned one that npm put first: the oldest version that is supported. */
export const machineNode = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .map((folder) => join(folder, 'node'))
  .find((program) => existsSync(program))
const installed = (path) => fileURLToPath(new URL(path, import.meta.url))
const pins = JSON.parse(readFileSync(installed('../stores/runtimes/package.json'), 'utf8')).devDependencies
const minor = (version) => version.split('.').slice(0, 2).join('.')
const command = (...words) => ({ run: (suite, env) => runInNode(suite, env, words) })
const browser = (name, path) => ({ run: (suite, env) => runInBrowser(name, suite, env, path) })

export const runtimes = {
  node20: { title: 'Node 20', ...command(machineNode) },
  node22: { title: 'Node 22', ...command(installed('tools/node_modules/node22/bin/node')) },
  node24: { title: 'Node 24', ...command(process.execPath) },
  deno: {
    title: `Deno ${minor(pins.deno)}`,
    ...command(installed('../stores/runtimes/node_modules/.bin/deno'), 'run', '-A'),
  },
  bun: { title: `Bun ${minor(pins.bun)}`, ...command(installed('../stores/runtimes/node_modules/.bin/bun'), 'run') },
  workerd: { title: 'Cloudflare Workers', run: runInWorkerd },
  edge: { title: 'Vercel edge', run: runInEdge },
  chromium: { title: 'Chromium', ...browser('chromium', '/') },
  firefox: { title: 'Firefox', ...browser('firefox', '/') },
  webkit: { title: 'WebKit', ...browser('webkit', '/') },
  worker: { title: 'web worker', ...browser('chromium', '/worker') },
  service: { title: 'service worker', ...browser('chromium', '/service') },
}
