// What every payer in the benchmarks meets: one seller, one price, one key.

/** Of no value: the second account of every development chain. */
export const privateKey = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d'
export const url = 'https://api.example.com/weather'

export const challenge = {
  x402Version: 2,
  error: 'Payment required',
  resource: { url, description: 'Weather report', mimeType: 'application/json' },
  accepts: [
    {
      scheme: 'exact',
      network: 'eip155:8453',
      amount: '10000',
      asset: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
      payTo: '0x209693Bc6afc0C5328bA36FaF03C514EF312287C',
      maxTimeoutSeconds: 60,
      extra: { name: 'USD Coin', version: '2' },
    },
  ],
}
export const challengeHeader = encode(challenge)

/** Allows this offer and nothing dearer, with a budget that a benchmark does not exhaust. */
export const policy = { perRequest: '0.01 USD', budgets: [{ limit: '1000000 USD', every: 'day' }] }

export const settlementHeader = encode({
  success: true,
  payer: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
  transaction: `0x${'ab'.repeat(32)}`,
  network: 'eip155:8453',
})

/** The same offer as protocol version 1 writes it, in the body. */
export const challengeV1 = { x402Version: 1, error: 'Payment required', accepts: challenge.accepts.map(toV1) }

function toV1({ amount, ...offer }) {
  const { description, mimeType } = challenge.resource
  return { ...offer, network: 'base', maxAmountRequired: amount, resource: url, description, mimeType }
}

/** A network of one function: 402 until a payment comes. `onPayment` hears of each, at the moment its header is there. */
export function seller(onPayment = () => {}, version = 2) {
  const body = version === 1 ? JSON.stringify(challengeV1) : '{}'
  const terms = version === 1 ? {} : { 'payment-required': challengeHeader }
  const [asked, answered] =
    version === 1 ? ['x-payment', 'x-payment-response'] : ['payment-signature', 'payment-response']
  return async (input, init) => {
    const headers = input instanceof Request ? input.headers : new Headers(init?.headers)
    const payment = headers.get(asked)
    if (!payment) return new Response(body, { status: 402, headers: terms })
    onPayment(payment)
    return new Response('{"report":"sunny"}', { headers: { [answered]: settlementHeader } })
  }
}

// btoa, because the same file runs inside workerd.
function encode(value) {
  return btoa(JSON.stringify(value))
}
