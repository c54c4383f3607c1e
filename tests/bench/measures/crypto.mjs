// The costly steps of a payment, each beside the library that a JavaScript program would use.
import { readFileSync } from 'node:fs'
import { at } from '../../../js/build/step.mjs'
import { compare } from '../compare.mjs'
import { machine, timed, typedDataOf } from '../sides/machine.mjs'
import { privateKey } from '../sides/offer.mjs'
import { besidePeers, certificateEntry, glue, verifierEntry } from '../places.mjs'

/** Signing and recovering: the step of the state machine that does it, with everything else in that step. */
export async function signatures() {
  const { privateKeyToAccount, recoverTypedDataAddress } = await import(besidePeers('noble.mjs'))
  const payer = machine(await glue('farthing'))
  const account = privateKeyToAccount(privateKey)
  const typed = typedDataOf(payer.begin(seconds()))
  const signature = await account.signTypedData(typed)

  const step = (act) => () => {
    const now = seconds()
    return act(payer.begin(now), now)
  }
  const signHere = step((purchase, now) => {
    const taken = timed(() => payer.sign(purchase, now))
    payer.end(purchase, now)
    return taken
  })
  // The state machine takes a signature only over its own digest, so each is made for it, outside the clock.
  async function recoverHere() {
    const now = seconds()
    const purchase = payer.begin(now)
    const made = await account.signTypedData(typedDataOf(purchase))
    const taken = timed(() => purchase.onSignature(made, now))
    payer.end(purchase, now)
    return taken
  }
  const rounds = { rounds: 40, warmUp: 15 }
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
        {
          name: 'viem: recoverTypedDataAddress',
          times: 2,
          run: async () => void (await recoverTypedDataAddress({ ...typed, signature })),
        },
        { name: 'farthing: recover, encode, seal', times: 4, run: recoverHere },
      ],
      rounds,
    ),
  }
}

/** A certificate of 4Mica Core, from bytes to the verdict. */
export async function certificates() {
  const { bls12_381 } = await import(besidePeers('noble.mjs'))
  const { OperatorKey } = await glue('farthing_bls')
  // Where the module is, an entry knows.
  await import(verifierEntry)
  const { problemOf } = await import(certificateEntry)
  const recorded = JSON.parse(readFileSync(at('tests/vectors/4mica/certificates.json'), 'utf8'))
  const bytes = (hex) => Uint8Array.from(Buffer.from(hex.replace(/^0x/, ''), 'hex'))
  const key = bytes(recorded.operator_public_key)
  const wire = recorded.certs[0].cert_wire
  const [claims, signature] = [bytes(wire.claims), bytes(wire.signature)]
  const bls = bls12_381.longSignatures
  const verifyThere = () => {
    if (!bls.verify(signature, bls.hash(claims, recorded.bls.dst), key)) throw new Error('cannot verify: noble says no')
  }
  const verifyHere = () => {
    const operator = new OperatorKey(key)
    operator.verify(claims, signature)
    operator.free()
  }
  const hex = [wire.claims, wire.signature, recorded.operator_public_key].map((text) => `0x${text.replace(/^0x/, '')}`)
  const verifyAsAPurchase = async () => {
    const problem = await problemOf(...hex)
    if (problem) throw new Error(`cannot verify: ${problem}`)
  }
  return compare(
    [
      { name: '@noble/curves', run: () => void verifyThere() },
      { name: 'farthing', run: verifyHere },
      // The second of this core: its key is known.
      { name: 'farthing, as a purchase has it checked', run: verifyAsAPurchase },
    ],
    { rounds: 15, warmUp: 5 },
  )
}

const seconds = () => Math.floor(Date.now() / 1000)
