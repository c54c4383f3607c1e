// Tells each step as it happens, by standing between farthing and the three things it uses: fetch, wallet, store.
// Looks on only: every call is passed through as it came.

const HELD = {
  signed: 'The signature is over exactly these terms. It is kept before it leaves.',
  settled: 'The seller confirmed the payment. The record is written.',
  unknown: 'The outcome is not known. The amount stays counted as spent.',
  refused: 'Nothing was signed. The amount is free again.',
  dead: 'The signature never left. The amount is free again.',
}

export const watchedFetch = (tell) => (input, init) => {
  const headers = new Headers(init?.headers)
  const paid = headers.has('PAYMENT-SIGNATURE') || headers.has('X-PAYMENT')
  tell(paid ? 'The request goes out again, with the payment.' : 'The seller is asked what it costs.')
  return fetch(input, init)
}

export const watchedWallet = (wallet, tell) => ({
  ...wallet,
  account() {
    tell('Your wallet is asked which account pays.')
    return wallet.account()
  },
  sign(request) {
    tell('Network and account are checked, then your wallet asks you.')
    return wallet.sign(request)
  },
})

export const watchedStore = (store, tell) => ({
  ...store,
  async reserve(intent) {
    const said = await store.reserve(intent)
    // A refusal is written, too, and holds nothing.
    if (said.kind === 'held' && intent.entry.state === 'reserved') tell('The amount is set aside from your budget.')
    return said
  },
  async advance(from, entry) {
    const confirmed = await store.advance(from, entry)
    if (confirmed) tell(HELD[entry.state] ?? `The purchase is now ${entry.state}.`)
    return confirmed
  },
})
