// The payer of the demo. The same module runs in Node and inside a workerd isolate.

/** Pays each seller once and tells what happened on the way. `farthing` is the package. */
export async function run(farthing, { key, sellers, cores }) {
  const headers = []
  const pay = await farthing.wrapFetch(listening(headers), {
    wallet: farthing.localWallet(key),
    policy: {
      perRequest: '0.10 USD',
      budgets: [{ limit: '1 USD', every: 'day' }],
      // Sellers on loopback are no ordinary https hosts, so each one has to be named.
      sellers: sellers.map(({ url }) => new URL(url).origin),
    },
    cores,
  })
  const payments = []
  for (const { name, url } of sellers) {
    const quote = await pay.quote(url)
    const response = await pay(url, { task: 'demo', reason: 'to see a payment happen' })
    payments.push({
      name,
      quoted: quote.record,
      payment: JSON.parse(atob(headers.at(-1).value)),
      header: headers.at(-1).name,
      status: response.status,
      content: await response.text(),
      record: pay.recordOf(response),
    })
  }
  return payments
}

/** A fetch that notes the payment headers passing through: for looking only, a program has no reason to. */
function listening(headers) {
  return (input, init) => {
    for (const name of ['PAYMENT-SIGNATURE', 'X-PAYMENT']) {
      const value = new Headers(init?.headers).get(name)
      if (value) headers.push({ name, value })
    }
    return fetch(input, init)
  }
}
