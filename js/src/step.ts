import type { Entry } from './generated/wire.js'

/**
 * A step of the core, our own text, and the texts on the lines after it: a row, as its record and what is sealed, or the
 * body of a question. So none of their quotes has to be escaped.
 */
export function linesOf<S>(text: string): { step: S; texts: string[] } {
  const [json = '', ...texts] = text.split('\n')
  return { step: JSON.parse(json) as S, texts }
}

/** The step, with their texts in the row that it writes. */
export function withRow<S>(step: S, row: Entry | undefined, [record, sealed]: string[]): S {
  if (row) Object.assign(row, { record }, sealed !== undefined && { sealed })
  return step
}
