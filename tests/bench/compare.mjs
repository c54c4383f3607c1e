// `compare` of turns.mjs, at the pace of this run.
import * as turns from './turns.mjs'

export { summary } from './turns.mjs'

/** Whether this run only shows that everything can be measured. */
export const isQuick = process.argv.includes('--quick')

/** So many, or in a quick run so few. */
export const orFew = (many, few = 2) => (isQuick ? few : many)

export const compare = (contestants, { rounds, warmUp = 3 }) =>
  turns.compare(contestants, { rounds: orFew(rounds), warmUp: orFew(warmUp, 1) })
