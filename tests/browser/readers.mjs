// What pages of other origins run to pay by fetch, each with its client: `page.evaluate(reader, { url, key, origin })`.
// They run in the page, so nothing outside of them is theirs.
export const readers = {
  farthing: async ({ url, key, origin }) => {
    const { localWallet, wrapFetch } = await import('farthing')
    const policy = { perRequest: '0.10 USD', sellers: [origin] }
    const pay = await wrapFetch(fetch, { wallet: localWallet(key), policy })
    const answer = await pay(url)
    return [answer.status, await answer.json(), pay.recordOf(answer).state]
  },
  'the official client': async ({ url, key }) => {
    const { ExactEvmScheme, privateKeyToAccount, wrapFetchWithPaymentFromConfig } = await import('official')
    const client = new ExactEvmScheme(privateKeyToAccount(key))
    const pay = wrapFetchWithPaymentFromConfig(fetch, { schemes: [{ network: 'eip155:84532', client }] })
    const answer = await pay(url)
    const settlement = JSON.parse(atob(answer.headers.get('PAYMENT-RESPONSE')))
    return [answer.status, await answer.json(), settlement.success ? 'settled' : 'refused']
  },
}
