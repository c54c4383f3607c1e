// One workerd process with one Worker, served by the bare program: no Miniflare between the socket and the Worker.
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { requireTool } from '../../runtime/harness/installed.mjs'
import { workerModules } from '../../runtime/harness/workerd.mjs'
import { atExit, ended, freePort, newFolder, untilReady } from '../../stores/servers/place.mjs'

/**
 * What a Worker made from the file `entry` consists of; farthing comes from the folder where it is installed, other
 * packages from `packages`, folders of node_modules.
 */
export function bundled(entry, installed, packages = []) {
  const external = ['cloudflare:*', 'node:*']
  return workerModules({ entryPoints: [entry], nodePaths: packages, external, plugins: [nodeModules] }, installed)
}

/**
 * Starts workerd with what `bundled` gave. `bindings` are texts the Worker gets as `env`; `objects` names classes of
 * Durable Objects by the binding that leads to them, each kept in memory. It may speak to this machine, which Workers
 * otherwise may not. Gives { url, memory, kill }; `memory` is the process's resident bytes.
 */
export async function startWorkerd({ modules }, { bindings = {}, objects = {}, v8Flags = [] }) {
  const folder = newFolder('workerd')
  const port = await freePort()
  const embedded = modules.map(({ type, contents }, number) => {
    writeFileSync(join(folder, `module${number}`), contents)
    const name = number === 0 ? 'worker.mjs' : modules[number].path.slice(1)
    return `(name = ${text(name)}, ${type === 'ESModule' ? 'esModule' : 'wasm'} = embed "module${number}")`
  })
  const classes = Object.entries(objects)
  const values = [
    ...Object.entries(bindings).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
    ...classes.map(([name, value]) => `(name = ${text(name)}, durableObjectNamespace = ${text(value)})`),
  ]
  const namespaces = classes.map(([, name]) => `(className = ${text(name)}, uniqueKey = ${text(name)})`)
  writeFileSync(
    join(folder, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["private", "public"]))],
  v8Flags = [${v8Flags.map(text).join(', ')}],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [${embedded.join(', ')}],
  bindings = [${values.join(', ')}],
  durableObjectNamespaces = [${namespaces.join(', ')}],
  durableObjectStorage = (inMemory = void),
  compatibilityDate = "2026-07-01",
  compatibilityFlags = ["nodejs_compat"],
);
`,
  )
  const child = spawn(requireTool('workerd').default, ['serve', 'config.capnp'], { cwd: folder })
  atExit(() => child.kill('SIGKILL'))
  const url = `http://127.0.0.1:${port}`
  // Any answer will do: what a Worker says to a stranger is its own affair.
  await untilReady(child, async () => (await fetch(url)).status > 0, 'workerd')
  return {
    url,
    memory: () => residentOf(child.pid),
    async kill() {
      child.kill('SIGKILL')
      await ended(child)
    },
  }
}

const text = (value) => JSON.stringify(value)

function residentOf(pid) {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(kilobytes) * 1024
}

/** What `require` of a package of the old kind gives for Node's own modules, which workerd only lets be imported. */
const nodeModules = {
  name: 'node-modules',
  setup(build) {
    const names = new RegExp(`^(node:)?(${builtinModules.join('|')})$`)
    build.onResolve({ filter: names }, ({ path, kind }) => {
      const name = path.startsWith('node:') ? path : `node:${path}`
      return kind === 'require-call' ? { path: name, namespace: 'required' } : { path: name, external: true }
    })
    build.onLoad({ filter: /.*/, namespace: 'required' }, ({ path }) => ({
      contents: `import whole from ${text(path)}\nmodule.exports = whole`,
    }))
  },
}
