// How a purchase's cost grows with what the seller offers, and with what is sent and received.
import { compare } from '../compare.mjs'
import { mustBePaid } from '../contestants.mjs'
import { besidePeers, farthingEntry } from '../places.mjs'
import { challenge, policy, settlementHeader, url } from '../sides/offer.mjs'
import { paying, theirs } from '../sides/payers.mjs'

// More than sixteen farthing refuses.
export const offers = [1, 4, 16]
export const kilobytes = [1, 16, 128, 1024]
const rounds = { rounds: 30, warmUp: 10 }

/** `{ offers, bodies }`: by number or KB, rows of a whole wrapped fetch. */
export async function asked() {
  const packages = { '@x402/fetch': await import(besidePeers('peer.mjs')), farthing: await import(farthingEntry) }
  const measured = { offers: {}, bodies: {} }
  for (const count of offers) measured.offers[count] = await of(packages, { header: challengeOf(count) })
  for (const size of kilobytes) measured.bodies[size] = await of(packages, { header: challengeOf(1), size })
  return measured
}

async function of(packages, { header, size = 0 }) {
  const content = 'x'.repeat(size * 1024)
  const init = size > 0 ? { method: 'POST', body: content } : undefined
  const seller = sellerOf(header, content)
  const payers = {
    '@x402/fetch': theirs(packages['@x402/fetch'], undefined, seller.network),
    farthing: await paying(packages.farthing, { policy }, undefined, seller.network),
  }
  const contestants = []
  for (const [name, pay] of Object.entries(payers)) {
    const run = async () => {
      const answer = await (await pay(url, init)).text()
      if (answer.length !== content.length) throw new Error(`cannot measure ${name}: ${answer.length} bytes came`)
    }
    await run()
    await mustBePaid(name, seller.last())
    contestants.push({ name, times: size > 100 ? 1 : 4, run })
  }
  return compare(contestants, rounds)
}

/** So many offers, of which the last can be paid: the others are for a chain that neither payer has. */
function challengeOf(count) {
  const [offer] = challenge.accepts
  const other = {
    ...offer,
    network: 'solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp',
    asset: 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v',
  }
  const accepts = [...Array.from({ length: count - 1 }, (_, at) => ({ ...other, amount: String(10000 + at) })), offer]
  return btoa(JSON.stringify({ ...challenge, accepts }))
}

/** Reads what it is sent, as a network does, and answers as much. */
function sellerOf(terms, content) {
  let payment
  async function network(input, init) {
    const { headers, body } =
      input instanceof Request ? input : { headers: new Headers(init?.headers), body: init?.body }
    const { byteLength: sent } = body ? await new Response(body).arrayBuffer() : { byteLength: 0 }
    if (sent !== content.length) throw new Error(`cannot sell: ${sent} bytes came`)
    const made = headers.get('payment-signature')
    if (!made) return new Response('{}', { status: 402, headers: { 'payment-required': terms } })
    payment = made
    return new Response(content, { headers: { 'payment-response': settlementHeader } })
  }
  return { network, last: () => payment }
}
