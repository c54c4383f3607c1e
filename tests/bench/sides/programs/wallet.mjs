import { injectedWallet, wrapFetch } from 'farthing'

export const make = (policy) => wrapFetch(fetch, { wallet: injectedWallet(globalThis.ethereum), policy })
