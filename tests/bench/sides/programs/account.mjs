import { localWallet, wrapFetch } from 'farthing'
import { openAccount } from 'farthing/4mica'

export async function make(key, policy, network) {
  const wallet = localWallet(key)
  return wrapFetch(fetch, { wallet, policy, account: await openAccount({ wallet, network }) })
}
