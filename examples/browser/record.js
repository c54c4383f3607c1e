// A payment record, for somebody who has never seen one.
import { $, element, list } from './parts.js'
import { networkName, ruleName, TESTNET, VERDICT } from './words.js'

export function showRecord(record) {
  const { state, terms, decision, attempt, evidence, history } = record
  const { transaction } = evidence
  // The seller's word: a link to look at, not a proof.
  const link =
    /^0x[0-9a-f]{64}$/i.test(transaction) &&
    element('a', { href: TESTNET.explorer + transaction, rel: 'noreferrer' }, element('code', {}, transaction))
  $('verdict').textContent = VERDICT[state] ?? 'Not finished.'
  $('verdict').dataset.state = state
  list('receipt-list', [
    ['Amount', terms?.price],
    ['From', attempt?.payer],
    ['To', terms?.payTo],
    ['Network', terms && networkName(terms.network)],
    ['Allowed by', decision && ruleName(decision.rule)],
    ['Transaction', link || transaction],
    ['When', new Date(history.at(-1).at * 1000).toLocaleString()],
    ['Purchase', record.purchaseId],
  ])
  $('record').textContent = JSON.stringify(record, null, 2)
  $('receipt').hidden = false
}
