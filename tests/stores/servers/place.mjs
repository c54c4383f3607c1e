// What the servers of the store tests share: a port, a folder, and a child that never outlives the test.
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const endings = new Set()
process.on('exit', () => {
  for (const act of [...endings].reverse()) act()
})

/** Runs `act`, which must be synchronous, when the process ends; what was added last runs first. */
export const atExit = (act) => void endings.add(act)

/** A port of 127.0.0.1 that nobody listens on. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** A folder that is removed when the process ends; `owner` is the { uid, gid } it belongs to. */
export function newFolder(name, owner) {
  const folder = mkdtempSync(join(tmpdir(), `farthing-${name}-`))
  if (owner) chownSync(folder, owner.uid, owner.gid)
  atExit(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** Waits until `ask` resolves, or rejects with what the child last said. */
export async function untilReady(child, ask, name) {
  let said = ''
  const hear = (chunk) => (said = (said + chunk).slice(-2_000))
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  for (let tries = 0; tries < 300; tries += 1) {
    if (child.exitCode !== null || child.signalCode !== null) break
    if (await ask().catch(() => false)) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`cannot start ${name}: ${said}`)
}

/** Resolves when the child has ended. */
export const ended = (child) =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()))

/** Sends bytes to a port and gives the first bytes that come back. */
export function firstAnswer(port, bytes) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.setTimeout(2_000, () => socket.destroy(new Error('no answer in 2 s')))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed without an answer')))
    socket.once('data', (answer) => {
      socket.destroy()
      resolve(answer)
    })
  })
}
