/**
 * The page for a person who opens a paid address in a browser: what it costs, in words, and a way to pay by wallet.
 *
 * Everything in it is escaped, nothing is loaded from anywhere, and its own policy forbids the rest. Loaded when somebody
 * asks for it (`asked`): a seller of programs never does.
 */
import { SCRIPT } from './script.js'
import { STYLE } from './style.js'

/** What the page tells, as the core has it. */
export type PageView = {
  /** For people. */
  price: string
  /** CAIP-2. */
  network: string
  networkName: string
  asset: string
  assetName: string
  payTo: string
  resource: string
  description?: string
  serviceName?: string
  /** Whether a wallet can pay here. */
  payable: boolean
}

/** The page, from what the core tells of the terms. */
export function explained(view: PageView): Response {
  const nonce = crypto.randomUUID()
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  return new Response(pageOf(view, nonce), {
    status: 402,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy.join('; '),
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    },
  })
}

function pageOf(view: PageView, nonce: string): string {
  const { price, network, networkName, asset, assetName, payTo, resource, description, serviceName, payable } = view
  const rows = [
    ['For', resource],
    ['Price', price],
    ['Paid in', `${assetName}, token ${asset}`],
    ['Network', `${networkName} (${network})`],
    ['Paid to', payTo],
  ].map(([term = '', fact = '']) => `<dt>${escaped(term)}</dt><dd>${escaped(fact)}</dd>`)
  const chain = payable ? ` data-chain="${escaped(network.slice(network.indexOf(':') + 1))}"` : ''
  const title = `${price} for ${serviceName ?? resource}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<main${chain} data-network="${escaped(networkName)}" data-price="${escaped(price)}">
<h1>This costs ${escaped(price)}</h1>
${serviceName ? `<p><strong>${escaped(serviceName)}</strong></p>` : ''}
${description ? `<p>${escaped(description)}</p>` : ''}
<dl>${rows.join('')}</dl>
<section aria-labelledby="how">
<h2 id="how">How to pay</h2>
${payable ? PAYABLE : PROGRAMS}
<p id="state" role="status" aria-live="polite">${payable ? 'Paying here needs JavaScript and a wallet in this browser.' : ''}</p>
<div id="actions" role="group" aria-labelledby="how"></div>
</section>
<section id="result" aria-labelledby="got" hidden><h2 id="got" tabindex="-1">What you bought</h2></section>
</main>
${payable ? `<script nonce="${nonce}">${SCRIPT}</script>` : ''}
</body>
</html>
`
}

const PAYABLE = `<ol>
<li>Your wallet shows a transfer of exactly this amount to this recipient. Nothing else is signed, and no fee is added.</li>
<li>You sign it. It is good for this request only, once, and for a few minutes.</li>
<li>The seller takes the payment and answers here. If the answer is lost, asking again costs nothing.</li>
</ol>
<p>Programs pay the same address with x402.</p>`
const PROGRAMS = '<p>This is paid by programs that speak x402: ask the same address with one.</p>'

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
