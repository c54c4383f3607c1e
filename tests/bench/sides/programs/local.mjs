import { localWallet, wrapFetch } from 'farthing'

export const make = (key, policy) => wrapFetch(fetch, { wallet: localWallet(key), policy })
