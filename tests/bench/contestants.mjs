// Who pays in the benchmarks, and proof that they do.
import { pathToFileURL } from 'node:url'
import { beside, besidePeers } from './places.mjs'
import { types } from './sides/hand/pay.mjs'
import { challenge } from './sides/offer.mjs'

/** Who the offer's key belongs to. */
const PAYER = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'

/** By name: `who` sets it up (sides/payers.mjs), `module` is what it is made of. `isByHand` is no package that pays. */
export const contestants = {
  '@x402/fetch': { who: 'theirs', whose: 'x402', name: 'peer.mjs' },
  'x402-fetch': { who: 'first', whose: 'x402-v1', name: 'peer-v1.mjs' },
  'ethers by hand': { who: 'hand', whose: 'hand', name: 'hand/ethers.mjs', isByHand: true },
  'viem by hand': { who: 'hand', whose: 'hand', name: 'hand/viem.mjs', isByHand: true },
  '@noble/curves by hand': { who: 'hand', whose: 'hand', name: 'hand/noble-curves.mjs', isByHand: true },
  '@noble/secp256k1 by hand': { who: 'hand', whose: 'hand', name: 'hand/noble-secp256k1.mjs', isByHand: true },
  farthing: { who: 'ours', whose: 'farthing', name: 'farthing.mjs' },
}

/** The file of a contestant, from which its packages are found. */
export const fileOf = (name) => beside(contestants[name].whose, contestants[name].name)

/** Its namespace. */
export const namespaceOf = (name) => import(pathToFileURL(fileOf(name)).href)

/** The last payment that a contestant made must be one: the offer's terms, signed by whom it names. */
export async function mustBePaid(name, header) {
  const { recoverTypedDataAddress } = await import(besidePeers('noble.mjs'))
  const [{ asset, payTo, amount, extra }] = challenge.accepts
  const problem = (what) => new Error(`cannot measure ${name}: its payment ${what}`)
  if (!header) throw problem('did not come')
  const { payload } = JSON.parse(Buffer.from(header, 'base64').toString())
  const { authorization: message, signature } = payload
  const payer = await recoverTypedDataAddress({
    domain: { ...extra, chainId: 8453, verifyingContract: asset },
    types,
    primaryType: 'TransferWithAuthorization',
    message,
    signature,
  })
  if (payer.toLowerCase() !== PAYER) throw problem(`was signed by ${payer}`)
  if (
    message.from.toLowerCase() !== PAYER ||
    message.to.toLowerCase() !== payTo.toLowerCase() ||
    message.value !== amount
  )
    throw problem(`pays something else: ${JSON.stringify(message)}`)
}
