/**
 * The page's script: asks the seller what to sign, a wallet to sign it, and the seller again. It knows no protocol.
 *
 * A text, because it runs in the buyer's browser. Without backticks and backslashes, so that it stands here as it runs.
 */
export const SCRIPT = `'use strict'
const main = document.querySelector('main')
const { chain, network, price } = main.dataset
const [state, actions, result] = ['state', 'actions', 'result'].map((id) => document.getElementById(id))
const place = 'farthing ' + location.href
const wallets = new Map()

const say = (text) => { state.textContent = text }
function offer(label, act) {
  const button = document.createElement('button')
  button.textContent = label
  button.onclick = async () => {
    for (const other of actions.children) other.disabled = true
    await act().catch((thrown) => failed(thrown))
  }
  actions.append(button)
  return button
}
function offerWallets() {
  actions.replaceChildren()
  for (const [name, provider] of wallets) offer('Pay ' + price + ' with ' + name, () => pay(provider))
  if (wallets.size === 0) say('No wallet was found in this browser. Install one, or pay with a program that speaks x402.')
}
function offerAgain() {
  actions.replaceChildren()
  offer('Ask again with the same payment', send).focus()
}

async function pay(provider) {
  const ask = (method, params = []) => provider.request({ method, params })
  say('Your wallet asks which account pays.')
  const [payer] = await ask('eth_requestAccounts')
  if (Number(await ask('eth_chainId')) !== Number(chain)) {
    say('Your wallet asks to switch to ' + network + '.')
    await ask('wallet_switchEthereumChain', [{ chainId: '0x' + Number(chain).toString(16) }])
    if (Number(await ask('eth_chainId')) !== Number(chain)) throw new Error('The wallet is on another network than ' + network + '.')
  }
  const asked = await fetch(location.href, { headers: { 'Farthing-Payer': payer, Accept: 'application/json' }, cache: 'no-store' })
  const told = await asked.json()
  if (!asked.ok) throw new Error(told.message)
  say('Read what your wallet shows, then sign. Nothing is paid before.')
  const { typedData, header, payment } = told
  const signature = await ask('eth_signTypedData_v4', [payer, JSON.stringify(typedData)])
  // Some hardware counts from 0 what tokens count from 27.
  const last = parseInt(signature.slice(-2), 16)
  payment.payload.signature = last < 27 ? signature.slice(0, -2) + (last + 27).toString(16) : signature
  const bytes = new TextEncoder().encode(JSON.stringify(payment))
  // Kept until it is answered: whoever reloads the page does not pay twice.
  sessionStorage.setItem(place, JSON.stringify({ header, value: btoa(String.fromCharCode(...bytes)) }))
  await send()
}

async function send() {
  say('The payment is on its way.')
  const { header, value } = JSON.parse(sessionStorage.getItem(place))
  let answer, content
  try {
    answer = await fetch(location.href, { headers: { [header]: value, Accept: '*/*' }, cache: 'no-store', redirect: 'manual' })
    content = await answer.blob()
  } catch {
    say('The answer was lost. Ask again with the same payment: it is taken once, however often you ask.')
    return offerAgain()
  }
  if (answer.ok) {
    sessionStorage.removeItem(place)
    return show(answer, content)
  }
  const told = await content.text().then(JSON.parse).catch(() => ({}))
  say((told.message || told.error || 'The seller answered with status ' + answer.status) + '. ' + (told.fix || ''))
  if (told.next === 'retry-same-id' || told.next === 'wait') return offerAgain()
  sessionStorage.removeItem(place)
  actions.replaceChildren()
  offer('Start again', async () => offerWallets()).focus()
}

async function show(answer, content) {
  say('Paid.')
  actions.replaceChildren()
  const type = content.type
  const url = URL.createObjectURL(content)
  const link = Object.assign(document.createElement('a'), { href: url, textContent: 'Save what you bought' })
  link.download = decodeURIComponent(location.pathname.split('/').pop()) || 'result'
  if (/^image[/]/.test(type)) result.append(Object.assign(document.createElement('img'), { src: url, alt: 'What you bought' }))
  else if (/^text[/](?!html)|json/.test(type)) result.append(Object.assign(document.createElement('pre'), { textContent: await content.text() }))
  const shown = answer.headers.get('PAYMENT-RESPONSE')
  const transaction = shown ? JSON.parse(atob(shown)).transaction : ''
  result.append(link, Object.assign(document.createElement('p'), { textContent: transaction ? 'Transaction ' + transaction : '' }))
  result.hidden = false
  result.querySelector('h2').focus()
}

function failed(thrown) {
  const code = thrown && thrown.code
  const reasons = { 4001: 'You said no in the wallet. Nothing was paid.', 4902: 'Your wallet does not know ' + network + '. Add it there, then try again.' }
  say(reasons[code] || 'That did not work: ' + ((thrown && thrown.message) || 'the wallet did not say why') + '. Nothing was paid.')
  actions.replaceChildren()
  offer('Try again', async () => offerWallets()).focus()
}

if (chain) {
  addEventListener('eip6963:announceProvider', ({ detail }) => {
    wallets.set(detail.info.name, detail.provider)
    if (!sessionStorage.getItem(place) && !actions.querySelector('button:disabled')) offerWallets()
  })
  dispatchEvent(new Event('eip6963:requestProvider'))
  if (wallets.size === 0 && window.ethereum) wallets.set('the browser wallet', window.ethereum)
  if (sessionStorage.getItem(place)) {
    say('A payment you signed here was not answered yet.')
    offerAgain()
  } else {
    say('Nothing is paid before you sign.')
    offerWallets()
  }
}
`
