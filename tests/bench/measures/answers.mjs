// What single answers of a seller take inside its process: a challenge, junk turned away, a payment checked.
import { randomBytes } from 'node:crypto'
import { pathToFileURL } from 'node:url'
import { startFacilitator } from '../../seller/harness/processes.mjs'
import { paymentsFor, typedDataOf } from '../../seller/harness/payments.mjs'
import { compare } from '../compare.mjs'
import { besideSellers, glue } from '../places.mjs'
import { path } from '../sides/selling/offer.mjs'

const url = `https://api.example.com${path}`
const rounds = { rounds: 40, warmUp: 15 }
const base64 = (value) => Buffer.from(value).toString('base64')
const modules = (name) => import(pathToFileURL(besideSellers(name)).href)

/** `{ unpaid, junk, checked }`: rows in microseconds; `junk` by what it is. */
export async function answers() {
  const facilitator = await startFacilitator()
  const [ours, theirs, inside] = await Promise.all(['ours.mjs', 'theirs.mjs', 'inside.mjs'].map(modules))
  const options = { facilitator: facilitator.url }
  const [sell, bare, sellThere] = [ours.sellerOf(options), ours.bare(options), theirs.sellerOf(options)]
  const offer = await offerOf(sell)
  const make = await paymentsFor({ ...offer, validSeconds: 3_000 })

  const unpaid = await compare(
    [
      { name: '@x402/core: processHTTPRequest', times: 20, run: demanding(await inside.answering(facilitator.url)) },
      { name: '@x402/hono', times: 20, run: () => refusal(sellThere) },
      { name: 'farthing, in hono', times: 20, run: () => refusal(sell) },
      { name: 'farthing', times: 20, run: () => refusal(bare) },
    ],
    rounds,
  )
  const [junk, { error, warn }] = [{}, console]
  // They write a line for some of it.
  Object.assign(console, { error: () => {}, warn: () => {} })
  for (const [kind, { header, isWellFormed }] of Object.entries(junkFrom(make))) {
    junk[kind] = await compare(
      [
        // They have the facilitator judge what is well formed.
        ...(isWellFormed ? [] : [{ name: '@x402/hono', times: 10, run: () => refusal(sellThere, header()) }]),
        { name: 'farthing, in hono', times: 10, run: () => refusal(sell, header()) },
      ],
      rounds,
    )
  }
  Object.assign(console, { error, warn })
  const checked = await compare(await checks(make, offer, inside, ours.terms), rounds)
  await facilitator.stop()
  return { unpaid, junk, checked }
}

const asked = (sell, payment) =>
  sell(new Request(url, payment === undefined ? {} : { headers: { 'payment-signature': payment } }))

async function refusal(sell, payment) {
  const answer = await asked(sell, payment)
  await answer.text()
  if (answer.status < 400 || answer.status >= 500) throw new Error(`cannot measure a refusal: ${answer.status}`)
}

function demanding(answer) {
  return async () => {
    const { type } = await answer(url)
    if (type !== 'payment-error') throw new Error(`cannot measure a challenge: it was ${type}`)
  }
}

async function offerOf(sell) {
  const header = (await asked(sell)).headers.get('payment-required')
  const { accepts, resource } = JSON.parse(Buffer.from(header, 'base64').toString())
  return { accepted: accepts[0], resource }
}

/** What strangers send. `isWellFormed` is what only a look at the signature tells from a payment. */
function junkFrom(make) {
  const noise = randomBytes(9_000)
  const deep = base64('['.repeat(4_000) + ']'.repeat(4_000))
  const forged = () => {
    const payment = JSON.parse(Buffer.from(make().header, 'base64').toString())
    const { signature } = payment.payload
    payment.payload.signature = `${signature.slice(0, -4)}${signature.at(-4) === '0' ? '1' : '0'}${signature.slice(-3)}`
    return base64(JSON.stringify(payment))
  }
  const many = Array.from({ length: 2_000 }, forged)
  let next = 0
  return {
    'no base64': { header: () => '%%%%' },
    '12 KB of noise': { header: () => noise.toString('base64') },
    'an empty object': { header: () => base64('{}') },
    'brackets 4,000 deep': { header: () => deep },
    'a payment with another signature': { header: () => many[(next += 1) % many.length], isWellFormed: true },
  }
}

/** From the header's text to the payer, each with payments of its own. */
async function checks(make, { accepted }, { checking, recoverTypedDataAddress }, terms) {
  const headers = Array.from({ length: 200 }, () => make().header)
  let next = 0
  const header = () => headers[(next += 1) % headers.length]
  const decoded = () => JSON.parse(Buffer.from(header(), 'base64').toString())
  const check = checking()

  const { Paywall } = await glue('farthing_seller')
  const text = (value) => new TextEncoder().encode(JSON.stringify(value))
  const facilitators = { exact: { url: 'https://facilitator.example', x402Version: 2 } }
  const settings = { release: 'verify-first', handlerTimeoutMs: 30_000, timeoutMs: 10_000 }
  const paywall = new Paywall(text({ ...settings, facilitators, assets: [], cores: [], rpc: [] }))
  const compiled = paywall.terms(JSON.stringify({ accepts: [terms] }))
  const nothing = new Uint8Array()
  const checkHere = () => {
    const now = Math.floor(Date.now() / 1000)
    const sale = compiled.shown(url, undefined, header(), '{"method":"GET"}', now).sale(nothing)
    const step = JSON.parse(sale.first(now))
    sale.free()
    if (step.do !== 'admit') throw new Error(`cannot check a payment: ${JSON.stringify(step)}`)
  }
  return [
    {
      name: 'viem: recoverTypedDataAddress',
      times: 4,
      run: async () => void (await recoverTypedDataAddress(typedDataOf(decoded(), accepted))),
    },
    {
      name: '@x402/evm: the facilitator, over a chain that answers at once',
      times: 4,
      run: async () => {
        const { isValid, invalidReason } = await check(decoded(), accepted)
        if (!isValid) throw new Error(`cannot check a payment: ${invalidReason}`)
      },
    },
    { name: 'farthing: header, offer, window, payer', times: 8, run: checkHere },
  ]
}
