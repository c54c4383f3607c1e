// Runs a suite in Node, or in any runtime with a command: `runInNode(suite, env, ['deno', 'run', '-A'])`.
import { spawn } from 'node:child_process'
import { basename, join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { installTarball, report, runFromCommandLine, suiteUrl } from './installed.mjs'

const marker = 'farthing-results '

/** True when every test passed; also sets the exit code. */
export async function runInNode(suite, env = {}, command = [process.execPath]) {
  const folder = installTarball()
  const runner = join(folder, 'runner.mjs')
  writeFileSync(
    runner,
    `import * as farthing from 'farthing'
import { run } from ${JSON.stringify(suiteUrl(suite))}
const parts = {
  owner: () => import('farthing/owner'),
  account: () => import('farthing/4mica'),
  sandbox: () => import('farthing/sandbox'),
  seller: () => import('farthing/seller'),
}
const results = await run(farthing, ${JSON.stringify(env)}, parts)
console.log(${JSON.stringify(marker)} + JSON.stringify(results))
`,
  )
  const { lines, code } = await linesOf([...command, runner], folder)
  const found = lines.find((line) => line.startsWith(marker))
  const results = found ? JSON.parse(found.slice(marker.length)) : []
  // A suite that reports success and then crashes has not passed.
  if (code !== 0) results.push({ name: 'ends cleanly', ok: false, error: `exit code ${code}` })
  return report(basename(command[0]), results)
}

async function linesOf([program, ...args], folder) {
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
  const code = await new Promise((settle, reject) => child.on('close', settle).on('error', reject))
  const lines = output.split('\n')
  for (const line of lines) if (line && !line.startsWith(marker)) console.log(line)
  return { lines, code }
}

await runFromCommandLine(import.meta, (suite, env, command) =>
  runInNode(suite, env, command.length ? command : undefined),
)
