// Guarantees of generations 2 and 4: the signature alone, beside viem on the same struct, and whole purchases.
import { readFileSync } from 'node:fs'
import { at } from '../../../js/build/step.mjs'
import { compare } from '../compare.mjs'
import { accountEntry, besidePeers, farthingEntry, glue } from '../places.mjs'
import { challengeHeader, cores, guarantors, NETWORK, policy, privateKey, urlOf } from '../sides/guarantee.mjs'
import { timed, told, typedDataOf } from '../sides/machine.mjs'

const rounds = { rounds: 40, warmUp: 10 }

/** For each generation the rows of signing, recovering and buying. */
export async function guarantees() {
  const libraries = await import(besidePeers('noble.mjs'))
  const read = (name) => JSON.parse(readFileSync(at('tests/vectors/4mica', name), 'utf8'))
  const recorded = read('certificates.json')
  const published = read('core-public.json').public_params.response.body
  const measured = {}
  for (const generation of [2, 4]) {
    const world = guarantors({ recorded, published, libraries }, generation)
    measured[generation] = {
      ...(await steps(generation, world, libraries)),
      whole: await purchases(generation, world),
    }
  }
  return measured
}

async function steps(generation, world, { privateKeyToAccount, recoverTypedDataAddress }) {
  const payer = machine(await glue('farthing'), generation, world)
  const account = privateKeyToAccount(privateKey)
  const typed = typedDataOf(payer.begin().purchase)
  const signature = await account.signTypedData(typed)
  const signHere = () => {
    const begun = payer.begin()
    const taken = timed(() => payer.sign(begun))
    payer.end(begun)
    return taken
  }
  // The state machine takes a signature only over its own digest, so each is made for it, outside the clock.
  async function recoverHere() {
    const begun = payer.begin()
    const made = await account.signTypedData(typedDataOf(begun.purchase))
    const taken = timed(() => payer.take(begun, made))
    payer.end(begun)
    return taken
  }
  const recoverThere = async () => void (await recoverTypedDataAddress({ ...typed, signature }))
  return {
    sign: await compare(
      [
        { name: 'viem: signTypedData', times: 4, run: async () => void (await account.signTypedData(typed)) },
        { name: 'farthing: sign, encode, seal', times: 4, run: signHere },
      ],
      rounds,
    ),
    recover: await compare(
      [
        { name: 'viem: recoverTypedDataAddress', times: 2, run: recoverThere },
        { name: 'farthing: recover, encode, seal', times: 4, run: recoverHere },
      ],
      rounds,
    ),
  }
}

// One whole purchase after another; each is measured without what the seller takes to certify it.
async function purchases(generation, { network, told }) {
  const { wrapFetch, localWallet } = await import(farthingEntry)
  const { openAccount } = await import(accountEntry)
  const wallet = localWallet(privateKey)
  const account = generation === 4 ? await openAccount({ wallet, network: NETWORK, cores, fetch: network }) : undefined
  const pay = await wrapFetch(network, { wallet, policy, cores, account })
  const buy = async (measure) => {
    const started = performance.now()
    const answer = await pay(urlOf(generation))
    const ended = performance.now()
    const { state } = pay.recordOf(answer)
    if (state !== 'settled') throw new Error(`cannot measure generation ${generation}: a purchase is ${state}`)
    return measure(started, ended)
  }
  const last = generation === 2 ? 'to its certificate, verified' : 'to its receipt, verified'
  return compare(
    [
      { name: 'farthing: from the request to the payment header', times: 2, run: () => buy((from) => told.at - from) },
      { name: `farthing: ${last}`, times: 2, run: () => buy((from, to) => to - from - told.spent) },
    ],
    rounds,
  )
}

/** The state machine by hand, up to the moment something is signed. */
function machine({ Payer, LocalKey }, generation, { parameters, cycle }) {
  const encoded = (value) => new TextEncoder().encode(JSON.stringify(value))
  const payer = new Payer(encoded({ policy, cores }))
  const key = new LocalKey(Uint8Array.from(Buffer.from(privateKey.slice(2), 'hex')))
  const [url, none] = [urlOf(generation), new Uint8Array()]
  const header = challengeHeader(url)
  const document = encoded(parameters)

  function begin() {
    const now = Math.floor(Date.now() / 1000)
    const purchase = payer.purchase('pay', 'GET', url, none, '{}', new Int32Array(), now)
    let command = told(purchase.first())
    const steps = {
      load: ({ query }) =>
        purchase.onLoaded(
          [],
          [],
          query.notes.map(() => null),
          [],
          now,
        ),
      probe: () => purchase.onAnswer(402, url, header, none, Number.NaN, now),
      account: () => purchase.onAccount(key.address, now),
      fetch: () => purchase.onFetched(200, document, now),
      'active-cycle': () => purchase.onFetched(200, encoded(cycle()), now),
      reserve: () => purchase.onReserved('held', undefined, undefined, now),
    }
    while (command.do !== 'sign') {
      if (!Object.hasOwn(steps, command.do)) throw new Error(`cannot measure: ${JSON.stringify(command)}`)
      command = told(steps[command.do](command))
    }
    return { purchase, now }
  }

  const end = ({ purchase, now }) => {
    purchase.onAdvanced(true, now)
    purchase.free()
  }
  return {
    begin,
    sign: ({ purchase, now }) => void purchase.signLocally(key, now),
    take: ({ purchase, now }, signature) => void purchase.onSignature(signature, now),
    end,
  }
}
