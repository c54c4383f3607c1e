// The same seller as a Worker, which also tells what it holds in memory.
import { held } from './held.mjs'
import { path } from './offer.mjs'
import { sellerOf } from './ours.mjs'

let sell
export default {
  fetch(request, env, context) {
    const { pathname } = new URL(request.url)
    if (pathname === '/held') return Response.json(held())
    // Made by a request that waits for it, as the official seller has to be.
    if (pathname !== path) return new Response('a seller')
    sell ??= sellerOf(JSON.parse(env.options))
    return sell(request, env, context)
  },
}
