// How the demo speaks. Nothing here pays or decides.

const bold = (text) => (process.stdout.isTTY ? `\x1b[1m${text}\x1b[0m` : text)
const line = (label, text) => console.log(`  ${label.padEnd(10)} ${text}`)
const short = (hex) => (hex.length > 22 ? `${hex.slice(0, 10)}…${hex.slice(-8)}` : hex)
const coins = (units) => `${(Number(BigInt(units)) / 1e6).toFixed(6)} USDC`

/** A heading. */
export function title(text) {
  console.log(`\n${bold(text)}`)
}

/** One payment, from the price to the record. */
export function printPayment(runtime, { name, quoted, payment, header, status, content, record }, receipt) {
  const { terms, decision } = quoted
  title(`${runtime} pays the ${name}`)
  line('terms', `${terms.price}: ${terms.amount} units of ${terms.asset}`)
  line('', `to ${terms.payTo}, x402 v${terms.x402Version}`)
  line('decision', `allow, by ${decision.rule} (policy ${short(decision.policy)})`)
  for (const text of signedText(payment.payload)) line('signed', text)
  line('', `digest ${short(record.attempt.digest)}, payer recovered from it: ${record.attempt.payer}`)
  line('sent', `${header}, held back from logs: ${short(record.attempt.authorisation)} is its hash`)
  line('answer', `${status} ${content}`)
  const { transaction, certificate, cycleId } = record.evidence
  if (transaction) line('settled', `transaction ${transaction}`)
  if (receipt) line('', `on the chain: block ${receipt.blockNumber}, ${receipt.status}`)
  if (certificate) line('settled', `certificate ${short(certificate)}: every field compared, BLS signature verified`)
  if (cycleId) line('', `charged in clearing cycle ${short(cycleId)}`)
  line('record', `${record.purchaseId}: ${record.history.map(({ state }) => state).join(' → ')}, task ${record.request.task}`)
}

/** A step of the clearing. Words may have several lines. */
export function say(label, words) {
  for (const [i, text] of words.split('\n').entries()) line(i === 0 ? label : '', text)
}

/** Who has how much more or less on the chain after everybody settled. */
export function printNetting(names, before, after) {
  title('What five purchases moved on the chain, once everybody settled')
  for (const [i, name] of names.entries()) {
    const moved = after[i] - before[i]
    line(name, `${moved < 0n ? '' : '+'}${coins(moved)}`)
  }
}

/** What moved, as the chain and the core say. */
export function printBalances(before, after) {
  title('Balances, as the chain and 4Mica Core say')
  line('payer', `${coins(before.payer)} → ${coins(after.payer)}`)
  line('seller', `${coins(before.payee)} → ${coins(after.payee)}`)
  line('collateral', `${coins(before.collateral.total)}, locked ${coins(before.collateral.locked)} → ${coins(after.collateral.locked)}`)
}

function signedText({ authorization, claims }) {
  if (authorization) {
    const { value, validBefore, nonce } = authorization
    const until = new Date(Number(validBefore) * 1000).toISOString()
    return [`TransferWithAuthorization of ${coins(value)}, valid until ${until}`, `nonce ${short(nonce)}`]
  }
  return [`guarantee of ${coins(claims.amount)} for ${claims.recipient_address}`, `request id ${short(claims.req_id)}, 256 random bits`]
}
