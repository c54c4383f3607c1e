// A Worker that buys what it is told to, or asks the store of all Workers something.
import * as farthing from 'farthing'
import { durableObjectStore } from 'farthing/stores/durable-object'
import { buyAll } from '../buying.mjs'

export { FarthingStore } from 'farthing/stores/durable-object'

export default {
  async fetch(request, env) {
    const { second, method, args, ...calls } = await request.json()
    if (second) return env.SECOND.fetch(request.url, { method: 'POST', body: JSON.stringify(calls) })
    const store = durableObjectStore(env.PURCHASES, 'payer')
    return Response.json(method ? await store[method](...args) : await buyAll(farthing, store, calls))
  },
}
