// Buys one answer with the visitor's own wallet: price, consent, payment, record. Keeps nothing, sends nothing elsewhere.
import {
  discoverWallets,
  injectedWallet,
  memoryStore,
  PaymentError,
  wrapFetch,
} from './node_modules/farthing/dist/entry/web.js'
import { $, element, list } from './parts.js'
import { showRecord } from './record.js'
import { watchedFetch, watchedStore, watchedWallet } from './steps.js'
import { MONEY, networkName, ruleName, sentence, TESTNET } from './words.js'

const RULES = { perRequest: '0.10 USD', budgets: [{ limit: '1 USD', every: 'day' }], networks: [TESTNET.id] }

const step = (text) => $('steps').append(element('li', {}, text))
let order
let busy = false

// One store for every wallet and price: a store is what a budget is counted in. This one forgets on reload.
const store = watchedStore(memoryStore(), step)

$('address').value = new URLSearchParams(location.search).get('url') ?? ''
$('order').addEventListener('submit', (event) => event.preventDefault())
$('address').addEventListener('input', () => ($('terms').hidden = true))
$('pay').addEventListener('click', () => alone(pay))
showWallets(await discoverWallets())

function showWallets(announced) {
  const fallback = window.ethereum ? [{ info: { name: 'Browser wallet' }, provider: window.ethereum }] : []
  const wallets = announced.length > 0 ? announced : fallback
  $('wallets-status').textContent =
    wallets.length > 0 ? 'Your wallet signs; this page never sees a key.' : 'No wallet found. Install one, then reload.'
  for (const { info, provider } of wallets) {
    const button = element('button', { type: 'button' }, info.name)
    // Any extension may announce any text: only an image of its own goes in, and the name stays text.
    if (info.icon?.startsWith('data:image/')) button.prepend(element('img', { src: info.icon, alt: '' }))
    button.addEventListener('click', () => $('address').reportValidity() && alone(() => ask(provider, button)))
    $('wallets').append(element('li', {}, button))
  }
}

/** Asks for the price. Signs nothing. */
async function ask(provider, button) {
  for (const other of $('wallets').querySelectorAll('button'))
    other.setAttribute('aria-pressed', String(other === button))
  $('terms').hidden = true
  const url = $('address').value
  const rules = { ...RULES, sellers: [new URL(url).origin] }
  const wallet = watchedWallet(injectedWallet(provider), step)
  const pay = await wrapFetch(watchedFetch(step), { wallet, policy: rules, store })
  const quote = await pay.quote(url)
  if (!quote.payable) return showResult(await quote.response.text(), 'Nothing to pay here')
  const { terms, decision, request } = quote.record
  // The seller is asked again when it is paid, and may then say something else: the quote binds what may be signed.
  // One id, one payment: pressing the button again never pays a second time.
  order = { url, id: crypto.randomUUID(), pay, quote }
  step(`It costs ${terms.price}, which your rules allow.`)
  $('price').textContent = terms.price
  list('terms-list', [
    ['Seller', request.seller],
    ['Paid to', terms.payTo],
    ['Network', networkName(terms.network)],
    ['Your rule', ruleName(decision.rule)],
  ])
  $('pay').textContent = `Pay ${terms.price}`
  $('pay').hidden = false
  $('consent').textContent = 'Your wallet asks you once more. Nothing but these terms can be paid.'
  $('terms').hidden = false
  $('terms-title').focus()
}

async function pay() {
  const response = await order.pay(order.url, { purchaseId: order.id, quote: order.quote, reason: 'a visitor pressed Pay' })
  const record = order.pay.recordOf(response)
  $('pay').hidden = true
  $('consent').textContent = 'To buy again, choose a wallet: the seller is asked for its price anew.'
  showResult(
    await response.text(),
    response.ok ? 'What you bought' : `The seller answered with status ${response.status}`,
  )
  if (record) showRecord(record)
}

/** Runs one thing at a time and shows how it ends. */
async function alone(act) {
  if (busy) return
  busy = true
  document.body.setAttribute('aria-busy', 'true')
  for (const id of ['failure', 'result', 'receipt']) $(id).hidden = true
  $('steps').replaceChildren()
  try {
    await act()
  } catch (error) {
    showFailure(error)
  }
  document.body.removeAttribute('aria-busy')
  busy = false
}

function showResult(text, title) {
  $('result-title').textContent = title
  $('content').textContent = text.slice(0, 5000)
  $('result').hidden = false
  $('result-title').focus()
}

function showFailure(error) {
  const known = error instanceof PaymentError
  if (!known) console.error(error)
  $('failure-money').textContent = known ? MONEY[error.money] : 'This page failed'
  list('failure-list', [
    ['What happened', known ? sentence(error.meaning) : String(error)],
    ['Details', known && error.facts],
    ['What to do', known ? error.fix : 'Reload the page.'],
    ['Code', known && error.code],
  ])
  $('failure').dataset.money = known ? error.money : 'unknown'
  $('failure').hidden = false
  $('failure').focus()
  if (known && error.record) showRecord(error.record)
  // A purchase that ended without paying keeps its id for good; another try is another purchase.
  if (order && ['refused', 'dead'].includes(error.record?.state)) order.id = crypto.randomUUID()
  // The seller changed its terms: ask again, decide again.
  if (error.code?.startsWith('policy/')) $('terms').hidden = true
  if (error.money === 'unknown') {
    $('pay').textContent = 'Ask again with the same payment'
    $('consent').textContent = 'The seller gets what you signed before, and nothing new is signed.'
  }
}
