import type { Entry } from './generated/wire.js'

/** What a step may have in it that is given on the lines after it. */
type Filled = { intent?: Filled; write?: Filled; entry?: Entry; body?: string }

/**
 * A step of the core, our own text, with the texts on the lines after it: those of the row that it writes, its record and
 * what is sealed, or the body of a question. So none of their quotes has to be escaped.
 */
export function stepOf<S>(text: string): S {
  const [json = '', first, second] = text.split('\n')
  const step = JSON.parse(json) as Filled
  const row = (step.intent ?? step.write ?? step).entry
  if (row) Object.assign(row, { record: first }, second !== undefined && { sealed: second })
  else if (first !== undefined) step.body = first
  return step as S
}
