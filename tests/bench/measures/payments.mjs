// A payment without its network: from the challenge to the header, and the whole wrapped fetch over a seller that is
// one function.
import { compare } from '../compare.mjs'
import { machine } from '../sides/machine.mjs'
import { challenge, url } from '../sides/offer.mjs'
import { client, ours, theirs } from '../sides/payers.mjs'
import { besidePeers, farthingEntry, glue } from '../places.mjs'

export async function payments() {
  const peer = await import(besidePeers('peer.mjs'))
  const farthing = await import(farthingEntry)
  const { toHeader } = machine(await glue('farthing'))
  const x402 = client(peer)
  const http = new peer.x402HTTPClient(x402)
  const header = await compare(
    [
      {
        name: '@x402/core, @x402/evm, viem account',
        times: 4,
        run: async () => void http.encodePaymentSignatureHeader(await x402.createPaymentPayload(challenge)),
      },
      { name: 'farthing, decoding and policy included', times: 8, run: () => void toHeader() },
    ],
    { rounds: 60, warmUp: 20 },
  )

  const [wrapped, payingFetch] = [theirs(peer), await ours(farthing)]
  const answer = async (pay) => void (await (await pay(url)).text())
  const whole = await compare(
    [
      { name: '@x402/fetch', times: 4, run: () => answer(wrapped) },
      { name: 'farthing', times: 8, run: () => answer(payingFetch) },
    ],
    { rounds: 60, warmUp: 20 },
  )
  return { header, whole }
}
