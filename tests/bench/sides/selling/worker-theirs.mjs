// The same seller as a Worker.
import { path } from './offer.mjs'
import { sellerOf } from './theirs.mjs'

let sell
export default {
  fetch(request, env, context) {
    // Made by a request that waits for it: what the official seller asks when it starts ends with who started it.
    if (new URL(request.url).pathname !== path) return new Response('a seller')
    sell ??= sellerOf(JSON.parse(env.options))
    return sell(request, env, context)
  },
}
