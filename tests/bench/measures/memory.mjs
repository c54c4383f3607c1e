// What a payer keeps in memory once it has paid: a Node process, and each of many isolates in one workerd.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { requireTool } from '../../runtime/harness/installed.mjs'
import { isQuick, orFew, summary } from '../compare.mjs'
import { contestants, fileOf, mustBePaid } from '../contestants.mjs'
import { side } from '../places.mjs'
import { workerOf } from './cold.mjs'

const packages = ['@x402/fetch', 'x402-fetch', 'farthing']
const [few, many] = isQuick ? [1, 3] : [4, 16]

/** `{ node, workerd }`: rows of bytes; of Node `{ resident, heap }`, of workerd what one isolate more adds. */
export async function memory() {
  const empty = {
    modules: [{ type: 'ESModule', path: '/empty.mjs', contents: 'export default { fetch: () => new Response("") }' }],
    modulesRoot: '/',
    compatibilityDate: '2026-07-01',
  }
  const workers = { 'an empty Worker': empty }
  for (const name of packages) workers[name] = await workerOf(name)
  const added = Object.fromEntries(Object.keys(workers).map((name) => [name, []]))
  const held = Object.fromEntries(packages.map((name) => [name, []]))
  for (let round = 0; round < orFew(3, 1); round += 1) {
    for (const [name, worker] of Object.entries(workers)) {
      const [less, more] = [await residentOf(name, worker, few), await residentOf(name, worker, many)]
      added[name].push((more - less) / (many - few))
    }
    for (const name of packages) held[name].push(inNode(name))
  }
  const node = Object.entries(held).map(([name, all]) => {
    const of = (what) => summary(all.map((each) => each[what]))
    return { name, resident: of('resident'), heap: of('heap') }
  })
  return { node, workerd: Object.entries(added).map(([name, all]) => ({ name, ...summary(all) })) }
}

/** The resident bytes of a workerd whose `count` isolates have each paid a few times. */
async function residentOf(name, worker, count) {
  const before = new Set(children())
  const { Miniflare } = requireTool('miniflare')
  const isolates = new Miniflare({
    workers: Array.from({ length: count }, (_, number) => ({ name: `worker${number}`, ...worker })),
  })
  await isolates.ready
  for (let number = 0; number < count; number += 1) {
    const isolate = await isolates.getWorker(`worker${number}`)
    for (let time = 0; time < 3; time += 1) {
      const answer = await isolate.fetch('http://worker.test/')
      const text = await answer.text()
      if (!answer.ok) throw new Error(`cannot pay inside workerd: ${text}`)
      if (number === 0 && Object.hasOwn(contestants, name)) await mustBePaid(name, text)
    }
  }
  const started = children().filter((pid) => !before.has(pid) && nameOf(pid) === 'workerd')
  if (started.length !== 1) throw new Error(`cannot measure memory: ${started.length} processes of workerd`)
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${started[0]}/status`, 'utf8'))
  await isolates.dispose()
  return Number(kilobytes) * 1024
}

const children = () =>
  readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean)
const nameOf = (pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim()

function inNode(name) {
  const given = ['--expose-gc', side('held.mjs'), contestants[name].who, pathToFileURL(fileOf(name)).href]
  const ended = spawnSync(process.execPath, given, { encoding: 'utf8' })
  if (ended.status !== 0) throw new Error(`cannot start ${name}: ${ended.stderr}`)
  return JSON.parse(ended.stdout)
}
