// Which of our wasm artefacts a bundle carries, and how often: as a file of its own, or as the text that is inlined.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { installed, outputsOf } from './fresh.mjs'

const dist = join(installed, 'dist')

/** The bytes by which each artefact is known: the wasm, and its inlined text. */
const artefacts = readdirSync(dist)
  .filter((name) => name.endsWith('_bg.wasm'))
  .map((name) => {
    const part = name.slice(0, -'_bg.wasm'.length)
    const inlined = /[\w+/=]{1000,}/.exec(readFileSync(join(dist, `${part}.wasm.js`), 'latin1'))?.[0]
    if (!inlined) throw new Error(`cannot find the inlined text of ${part}`)
    const title = part === 'farthing' ? 'payer' : part === 'farthing_bls' ? 'certificates' : part.slice('farthing_'.length)
    return { title, forms: [readFileSync(join(dist, name)), Buffer.from(inlined)] }
  })

/** How often each artefact is in these outputs; those that are not there are left out. */
export function artefactsIn(folder, outputs = outputsOf(folder)) {
  const counts = artefacts.map(({ title, forms }) => [
    title,
    outputs.reduce((sum, { bytes }) => sum + forms.reduce((more, form) => more + occurrences(bytes, form), 0), 0),
  ])
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

/** The outputs that the page can reach: the first one, and whatever another one names. */
export function reachableIn(folder, first) {
  const outputs = outputsOf(folder)
  return outputs.filter(({ name }) => name === first || outputs.some(({ bytes }) => bytes.includes(name)))
}

function occurrences(bytes, form) {
  let count = 0
  for (let at = bytes.indexOf(form); at !== -1; at = bytes.indexOf(form, at + form.length)) count += 1
  return count
}

/** The lines of a tool's output that complain and name us. */
export function complaintsIn(output) {
  const lines = output.split('\n')
  // A module of ours is called errors.js, and what a complaint is about often stands on the lines below it.
  const complains = (line) => /warn|error|deprecat/i.test(line.replaceAll(/\S*farthing\/\S+/g, ''))
  return lines.filter((line, at) => complains(line) && /farthing/.test(lines.slice(at, at + 6).join('\n')))
}
