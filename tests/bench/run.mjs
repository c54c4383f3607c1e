// Measures farthing beside what it replaces, in one run; prints the tables and writes docs/benchmarks.md.
import { writeFileSync } from 'node:fs'
import { at } from '../../js/build/step.mjs'
import { isolates, processes, youth } from './measures/cold.mjs'
import { certificates, signatures } from './measures/crypto.mjs'
import { payments } from './measures/payments.mjs'
import { report } from './report.mjs'
import { sizes } from './measures/sizes.mjs'

const started = performance.now()
const note = (what) => console.error(`bench: ${what} …`)

note('sizes')
const size = await sizes()
note('payments')
const { header, whole } = await payments()
note('signatures')
const { sign, recover } = await signatures()
note('certificates')
const certificate = await certificates()
note('cold starts in Node')
const young = await youth()
const nodes = await processes()
note('cold starts in workerd')
const workers = await isolates()

const text = report({ size, header, whole, sign, recover, certificate, young, nodes, workers })
writeFileSync(at('docs/benchmarks.md'), text)
console.log(text)
console.error(`bench: written to docs/benchmarks.md after ${((performance.now() - started) / 1000).toFixed(0)} s`)
