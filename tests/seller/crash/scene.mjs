// One sale that is cut off, and what becomes of it: processes that kill themselves, one after them, one client.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { messageOf, startChild } from '../../stores/races/places.mjs'
import { newFolder } from '../../stores/servers/place.mjs'
import { offerAt, paymentsFor } from '../harness/payments.mjs'

const PRICE = 10_000n
/** Beyond the lease that follows from the options in seller.mjs. */
const LATER_MS = 40_000
const folder = newFolder('crash')
let sales = 0

/**
 * Sells once. Each of `kills` ends a process, and the client presents the identical payment to the next one, until the
 * last one, which nobody kills, has answered; `reconcileFirst` lets that one look for what was left before the client
 * comes. A kill whose call is never made is none. A `blind` seller has no node to ask, and may never know.
 *
 * Gives { journals, statuses, settles }: the names of every process's calls, every status the client saw, and how often
 * the facilitator was asked to settle. Fails when the client was asked to pay anew, was given two different things, did
 * not get what it paid for, or when its money moved any other number of times than once.
 */
export async function sellOnce({ chain, facilitator, place, release, kills = [], reconcileFirst = false, blind = false }) {
  sales += 1
  const name = `sale${sales}`
  // An address of its own, so that its balance is what this sale brought.
  const payTo = `0x5e11e4${sales.toString(16).padStart(34, '0')}`
  const sale = { network: chain.network, payTo, facilitator: facilitator.url, release }
  if (!blind) sale.rpcUrl = chain.rpcUrl
  const seen = []
  const journals = []
  let payment

  for (const kill of kills) {
    const seller = await start(kill)
    await present(seller)
    // What follows an answer, and what was not reached, ends here.
    await Promise.race([seller.over, quiet(seller)])
    await stop(seller)
  }
  const last = await start()
  if (reconcileFirst) await reconcile(last)
  await present(last)
  const whole = kills.length === 0 && (await quiet(last))
  const deadline = Date.now() + (blind ? 4_000 : 20_000)
  while (([409, 503].includes(seen.at(-1).status) || seen.length < 2) && Date.now() < deadline) {
    // Only what is final on the chain is evidence; anvil calls a block so when 64 more are on it.
    if (seen.at(-1).status === 503) await chain.rpc('anvil_mine', ['0x50', '0x0'])
    if (seen.at(-1).status !== 200) await setTimeout(500)
    await present(last)
  }
  await quiet(last)
  // What could not be settled when it was answered is settled by this.
  await reconcile(last)
  await stop(last)
  const settles = facilitator.requests.filter(
    ({ path, body }) => path === '/settle' && body.paymentPayload.payload.authorization.nonce === payment.nonce,
  )
  await judge(settles)
  return { journals: whole ? [whole] : journals, statuses: seen.map(({ status }) => status), settles: settles.length }

  async function start(kill) {
    const part = journals.length
    const journal = join(folder, `${name}-${part}`)
    writeFileSync(journal, '')
    const given = { place, sale, journal, kill, shiftMs: part * LATER_MS }
    const child = await startChild(new URL('seller.mjs', import.meta.url), given)
    const { origin } = await messageOf(child)
    const url = `${origin}/paid?n=${name}`
    payment ??= (await paymentsFor(await offerAt(url)))()
    const namesOf = () => readFileSync(journal, 'utf8').split('\n').slice(0, -1)
    journals.push([])
    return { child, url, part, namesOf, over: once(child, 'exit') }
  }

  async function stop({ child, part, namesOf, over }) {
    child.kill('SIGKILL')
    await over
    journals[part] = namesOf()
  }

  async function present({ url }) {
    const answer = await fetch(url, { headers: { 'payment-signature': payment.header } }).catch(() => undefined)
    const body = await answer?.text().catch(() => undefined)
    seen.push({ status: body === undefined ? 'cut off' : answer.status, body })
  }

  async function judge(settles) {
    const statuses = seen.map(({ status }) => status)
    const told = `${statuses.join(' ')} ${seen.at(-1).body}`
    for (const status of statuses) assert.ok(['cut off', 200, 409, 503].includes(status), told)
    assert.equal(statuses.at(-1), blind ? 503 : 200, told)
    const given = new Set(seen.filter(({ status }) => status === 200).map(({ body }) => body))
    assert.equal(given.size, blind ? 0 : 1, `the client was given different things: ${[...given]}`)
    for (const body of given) assert.equal(JSON.parse(body).goods, name)

    const { from } = payment.payload.authorization
    assert.equal(await chain.balanceOf(payTo), PRICE, 'the seller has another sum than the price')
    assert.equal(await chain.authorizationState(from, payment.nonce), true)
    assert.equal(settles.filter(({ answer }) => answer?.success === true).length, 1)
  }
}

async function reconcile({ child }) {
  child.send({ reconcile: true })
  await messageOf(child)
}

/** Resolves with the names of a process's calls when it has made none for a while. */
async function quiet({ namesOf }) {
  for (let before = -1; before !== namesOf().length; ) {
    before = namesOf().length
    await setTimeout(250)
  }
  return namesOf()
}
