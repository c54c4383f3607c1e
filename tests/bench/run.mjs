// Measures farthing beside what it replaces, in one run; prints the tables and writes docs/benchmarks.md.
//   node tests/bench/run.mjs [word …]   only the parts of these names, printed and not written
//   node tests/bench/run.mjs --quick    shows that everything short can be measured; the figures mean nothing
import { writeFileSync } from 'node:fs'
import { at, fail } from '../../js/build/step.mjs'
import { isQuick } from './compare.mjs'
import { isolates, processes, youth } from './measures/cold.mjs'
import { answers } from './measures/answers.mjs'
import { asked } from './measures/asked.mjs'
import { chromium } from './measures/chromium.mjs'
import { certificates, signatures } from './measures/crypto.mjs'
import { decisions } from './measures/decisions.mjs'
import { flat } from './measures/flat.mjs'
import { growth } from './measures/growth.mjs'
import { guarantees } from './measures/guarantees.mjs'
import { history } from './measures/history.mjs'
import { installs } from './measures/installs.mjs'
import { memory } from './measures/memory.mjs'
import { payments } from './measures/payments.mjs'
import { selling } from './measures/selling.mjs'
import { sizes } from './measures/sizes.mjs'
import { stores } from './measures/stores.mjs'
import * as payer from './paying/report.mjs'
import * as report from './report.mjs'
import * as seller from './selling/report.mjs'
import { judged, summarySection } from './summary/table.mjs'

/** By name what measures a part and what tells of it. `isLong`: installs from the network, or has no short form. */
const parts = {
  installs: { measure: installs, tell: payer.installSection, isLong: true },
  sizes: { measure: sizes, tell: payer.sizeSection },
  youth: { measure: youth, tell: payer.youthSection },
  payments: { measure: payments, tell: payer.paymentSection },
  chromium: { measure: chromium, tell: payer.chromiumSection },
  cold: { measure: async () => ({ nodes: await processes(), workers: await isolates() }), tell: payer.coldSection },
  asked: { measure: asked, tell: payer.askedSection },
  memory: { measure: memory, tell: payer.memorySection },
  steps: {
    measure: async () => ({ ...(await signatures()), certificate: await certificates() }),
    tell: report.stepSection,
  },
  guarantees: { measure: guarantees, tell: report.guaranteeSection },
  decisions: { measure: decisions, tell: report.decisionSection },
  history: { measure: history, tell: report.historySection, isLong: true },
  stores: { measure: stores, tell: report.storeSection, isLong: true },
  growth: { measure: growth, tell: report.growthSection, isLong: true },
  selling: { measure: selling, tell: seller.sellingSection },
  answers: { measure: answers, tell: seller.answerSection },
  flat: { measure: flat, tell: seller.flatSection, isLong: true },
}

const words = process.argv.slice(2).filter((word) => word !== '--quick')
const unknown = words.find((word) => !Object.hasOwn(parts, word))
if (unknown) fail(`name parts of ${Object.keys(parts).join(', ')}: there is no ${unknown}.`)

const isChosen = (name) => (words.length > 0 ? words.includes(name) : !(isQuick && parts[name].isLong))
const [measured, sections] = [{}, []]
for (const name of Object.keys(parts).filter(isChosen)) {
  const started = performance.now()
  measured[name] = await parts[name].measure()
  sections.push(parts[name].tell(measured[name]))
  console.error(`bench: ${name}, ${((performance.now() - started) / 1000).toFixed(0)} s`)
}

const found = judged(measured)
if (found.length > 0) sections.unshift(summarySection(found))
if (words.length > 0 || isQuick) {
  console.log(sections.join('\n'))
} else {
  const text = report.page(sections)
  writeFileSync(at('docs/benchmarks.md'), text)
  console.log(text)
  console.error('bench: written to docs/benchmarks.md')
}
// A store that could not be opened may have left something behind that listens. Not before a pipe has taken everything.
process.stdout.write('', () => process.exit())
