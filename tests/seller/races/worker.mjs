// A Worker that sells over Postgres, as one of many copies would: it knows only what is in `env` and in the database.
//
// Its handler counts its work, and is slow enough to be asked for again meanwhile.
import { DurableObject } from 'cloudflare:workers'
import pg from 'pg'
import { paywall } from 'farthing/seller'
import { postgresStore } from 'farthing/stores/postgres'

/** Keeps connections open between requests: a Worker's own belong to one request, and opening is dear. */
export class Connections extends DurableObject {
  #pool = new pg.Pool({ connectionString: this.env.postgres, max: 20 })

  async query(text, values) {
    try {
      const { rows } = await this.#pool.query(text, values)
      return { rows }
    } catch ({ message, code }) {
      // An error that is thrown to another isolate arrives without its code.
      return { failed: message, code }
    }
  }
}

const clientOf = ({ connections }) => ({
  async query(text, values) {
    const { failed, code, rows } = await connections.get(connections.idFromName('all')).query(text, values)
    if (failed !== undefined) throw Object.assign(new Error(failed), { code })
    return { rows }
  },
})

let paid
async function sellerOf(env) {
  const { facilitator, release, payTo } = JSON.parse(env.sale)
  const terms = { network: 'eip155:84532', payTo, price: '0.01 USD' }
  const store = await postgresStore(clientOf(env), { schema: env.schema })
  // As behind a proxy: a payment is for this origin, whichever process it comes to.
  return paywall({ terms, facilitator, release, store, origin: 'https://api.example.com' })(async (request) => {
    const name = new URL(request.url).searchParams.get('n')
    const { ok } = await fetch(`${facilitator}/work/${name}`, { method: 'POST' })
    await new Promise((resolve) => setTimeout(resolve, 30))
    return Response.json({ grant: crypto.randomUUID() }, { status: ok ? 200 : 500 })
  })
}

export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname !== '/paid') return new Response('a seller')
    paid ??= await sellerOf(env)
    return paid(request, env, context)
  },
}
