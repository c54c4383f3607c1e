// farthing's state machine, driven by hand: what remains of a payment when network, store and wallet take no time.
import { challengeHeader, policy, privateKey, url } from './offer.mjs'

const none = new Uint8Array()
const noZones = new Int32Array()

/** A command as the driver reads it: the texts of a row stand on lines after it. */
export const told = (lines) => {
  const [json, record, sealed] = lines.split('\n')
  return { ...JSON.parse(json), record, sealed }
}

/** A purchase up to the moment something is signed, and from there to the payment header. */
export function machine({ Payer, LocalKey }) {
  const payer = new Payer(new TextEncoder().encode(JSON.stringify({ policy })))
  // Without Buffer: it runs in pages, too.
  const key = new LocalKey(Uint8Array.from(privateKey.slice(2).match(/../g), (pair) => parseInt(pair, 16)))
  const { address } = key

  function begin(now) {
    const purchase = payer.purchase('pay', 'GET', url, none, '{}', noZones, now)
    const { query } = told(purchase.first())
    const nothing = query.notes.map(() => null)
    told(purchase.onLoaded([], [], nothing, [], now))
    told(purchase.onAnswer(402, url, challengeHeader, none, Number.NaN, now))
    told(purchase.onAccount(address, now))
    told(purchase.onReserved('held', undefined, undefined, now))
    return purchase
  }

  function end(purchase, now) {
    const { value } = told(purchase.onAdvanced(true, now))
    purchase.free()
    return value
  }

  return {
    address,
    begin,
    end,
    sign: (purchase, now) => told(purchase.signLocally(key, now)),
    /** From the challenge as received to the header. */
    toHeader() {
      const now = Math.floor(Date.now() / 1000)
      const purchase = begin(now)
      told(purchase.signLocally(key, now))
      return end(purchase, now)
    },
  }
}

/** The typed data of a purchase that waits for its signature, as viem takes it. */
export function typedDataOf(purchase) {
  const { types, ...rest } = JSON.parse(purchase.typedData())
  delete types.EIP712Domain
  return { types, ...rest }
}

/** How long it takes, in milliseconds. */
export function timed(act) {
  const started = performance.now()
  act()
  return performance.now() - started
}
