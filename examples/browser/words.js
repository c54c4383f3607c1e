// What farthing reports, in words for people.

/** The only network this page pays on. */
export const TESTNET = {
  id: 'eip155:84532',
  name: 'Base Sepolia, a test network',
  explorer: 'https://sepolia.basescan.org/tx/',
}

/** What became of a purchase, by its state. */
export const VERDICT = {
  settled: 'Paid. The seller confirmed it.',
  unknown: 'Nobody knows yet. Until somebody does, the amount counts as spent.',
  refused: 'Not paid. Nothing was signed.',
  dead: 'Not paid. What was signed never left this page.',
}

/** What may have happened to money, by the error's word for it. */
export const MONEY = {
  untouched: 'No money moved',
  'not-sent': 'No money moved: what was signed never left this page',
  unknown: 'Money may have moved',
  moved: 'The money moved',
}

export const networkName = (network) => (network === TESTNET.id ? TESTNET.name : network)
export const ruleName = (rule) => rule.replace(/^perRequest (.*)$/, 'at most $1 for one request')
export const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`
