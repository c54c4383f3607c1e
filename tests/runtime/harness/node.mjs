// Runs a suite in Node, or in any runtime that has a command: `runInNode(suite, env, ['deno', 'run', '-A'])`.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installTarball, suiteUrl } from './installed.mjs'
import { startSource } from './parts.mjs'

const marker = 'farthing-results '

/** Results of the suite. `env.folder` becomes a folder that the suite may write to. */
export async function runInNode(suite, env = {}, command = [process.execPath]) {
  const folder = installTarball()
  const runner = join(folder, 'runner.mjs')
  const given = JSON.stringify({ ...env, folder })
  const rest = `console.log(${JSON.stringify(marker)} + JSON.stringify(await start(${given})))\n`
  writeFileSync(runner, startSource(suiteUrl(suite)) + rest)
  const { lines, code } = await linesOf([...command, runner], folder)
  const found = lines.find((line) => line.startsWith(marker))
  const results = found ? JSON.parse(found.slice(marker.length)) : []
  // A suite that reports success and then crashes has not passed.
  if (code !== 0) results.push({ name: 'ends cleanly', ok: false, error: `exit code ${code}` })
  return results
}

async function linesOf([program, ...args], folder) {
  const env = { ...process.env, DENO_NO_UPDATE_CHECK: '1' }
  // What still waits for something after five minutes does not end cleanly.
  const child = spawn(program, args, { cwd: folder, env, timeout: 300_000, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
  const code = await new Promise((settle, reject) => child.on('close', settle).on('error', reject))
  const lines = output.split('\n')
  for (const line of lines) if (line && !line.startsWith(marker)) console.log(line)
  return { lines, code }
}
