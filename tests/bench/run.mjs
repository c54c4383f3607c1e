// Measures farthing beside what it replaces, in one run; prints the tables and writes docs/benchmarks.md.
//   node tests/bench/run.mjs [word …]   only the parts of these names, printed and not written
import { writeFileSync } from 'node:fs'
import { at, fail } from '../../js/build/step.mjs'
import { isolates, processes, youth } from './measures/cold.mjs'
import { answers } from './measures/answers.mjs'
import { certificates, signatures } from './measures/crypto.mjs'
import { decisions } from './measures/decisions.mjs'
import { flat } from './measures/flat.mjs'
import { growth } from './measures/growth.mjs'
import { guarantees } from './measures/guarantees.mjs'
import { history } from './measures/history.mjs'
import { payments } from './measures/payments.mjs'
import { selling } from './measures/selling.mjs'
import { sizes } from './measures/sizes.mjs'
import { stores } from './measures/stores.mjs'
import * as report from './report.mjs'
import * as seller from './selling/report.mjs'

const parts = {
  sizes: async () => report.sizeSection(await sizes()),
  youth: async () => report.youthSection(await youth()),
  payments: async () => report.paymentSection(await payments()),
  cold: async () => report.coldSection({ nodes: await processes(), workers: await isolates() }),
  steps: async () => report.stepSection({ ...(await signatures()), certificate: await certificates() }),
  guarantees: async () => report.guaranteeSection(await guarantees()),
  decisions: async () => report.decisionSection(await decisions()),
  history: async () => report.historySection(await history()),
  stores: async () => report.storeSection(await stores()),
  growth: async () => report.growthSection(await growth()),
  selling: async () => seller.sellingSection(await selling()),
  answers: async () => seller.answerSection(await answers()),
  flat: async () => seller.flatSection(await flat()),
}

const words = process.argv.slice(2)
const unknown = words.find((word) => !Object.hasOwn(parts, word))
if (unknown) fail(`name parts of ${Object.keys(parts).join(', ')}: there is no ${unknown}.`)

const sections = []
for (const [name, measure] of Object.entries(parts)) {
  if (words.length > 0 && !words.includes(name)) continue
  const started = performance.now()
  sections.push(await measure())
  console.error(`bench: ${name}, ${((performance.now() - started) / 1000).toFixed(0)} s`)
}

if (words.length > 0) {
  console.log(sections.join('\n'))
} else {
  const text = report.page(sections)
  writeFileSync(at('docs/benchmarks.md'), text)
  console.log(text)
  console.error('bench: written to docs/benchmarks.md')
}
// A store that could not be opened may have left something behind that listens.
process.exit()
