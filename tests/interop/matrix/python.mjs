// The official Python client as a payer of this process: pay.py beside its venv, one line in, one line out.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../../peers/python/', import.meta.url))
const python = `${folder}.venv/bin/python`

/** Why there is no Python client here, else false. */
export const missing = existsSync(python) ? false : 'run node js/build/setup.mjs --python'

/** @param {'httpx' | 'requests'} library @param {string} key of the payer */
export function startPython(library, key) {
  const child = spawn(python, [`${folder}pay.py`, library], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PAYER_KEY: key, PYTHONDONTWRITEBYTECODE: '1' },
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async pay(url) {
      child.stdin.write(`${url}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error('the Python client ended')
      const { error, ...answer } = JSON.parse(value)
      if (error) throw new Error(error)
      return answer
    },
    async stop() {
      child.stdin.end()
      await ended
    },
  }
}
