// Many purchases at once from one seller over one store. Knows nothing of the runtime: Node, workerd and pages run it.

/** Published test keys of anvil: the payer, and the account that is paid. */
export const PAYER = {
  address: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
  privateKey: '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
}
export const PAYEE = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'
/** A cent of the token that is pinned for Base Sepolia. */
export const PRICE = '10000'
export const TOKEN = { network: 'eip155:84532', asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e' }

/** What the seller asks for. */
export function challengeFor(url) {
  const terms = { scheme: 'exact', ...TOKEN, amount: PRICE, payTo: PAYEE, maxTimeoutSeconds: 300 }
  const accepts = [{ ...terms, extra: { name: 'USDC', version: '2' } }]
  return { x402Version: 2, error: 'Payment required', resource: { url }, accepts }
}

/** A cent a request, and a day's budget for `payments` of them. */
export const policyFor = (origin, payments) => ({
  perRequest: '0.01 USD',
  budgets: [{ limit: `${payments / 100} USD`, every: 'day' }],
  sellers: [origin],
})

/** Where the goods of a purchase are. The id is in the URL, so that the seller knows it without asking the store. */
export const goodsAt = (origin, id) => `${origin}/goods?purchase=${id}`

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The store with its writes counted; with `faults` (0 to 1) some calls fail before they write and some after. */
export function counted(store, { faults = 0, seed = 1 } = {}) {
  const chance = randomFrom(seed)
  const seen = { reservations: 0, thrown: 0, holds: undefined }
  const faulty = (name) => async (asked, more) => {
    const draw = chance()
    if (draw < faults / 2) throw failed('before', name)
    // A refusal is written by `reserve` too, and holds nothing.
    if (name === 'reserve' && asked.holds.length > 0) {
      seen.reservations += 1
      seen.holds = asked.holds
    }
    const answer = await store[name](asked, more)
    if (draw < faults) throw failed('after', name)
    return answer
  }
  function failed(when, name) {
    seen.thrown += 1
    return new Error(`cannot ${name}: injected ${when} the write`)
  }
  const names = ['reserve', 'advance', 'read', 'remember']
  const wrapped = { ...store, ...Object.fromEntries(names.map((name) => [name, faulty(name)])) }
  return { store: wrapped, seen }
}

/**
 * Buys every id at once. Answers how often each outcome came: the state of a record that was delivered, or the code of
 * an error; then reservations, injected failures, and the budgets that were held.
 */
export async function buyAll(farthing, store, { origin, ids, budget, faults, seed }) {
  const { store: wrapped, seen } = counted(store, { faults, seed })
  // A bare call: Workers and pages refuse a fetch that is a method of something else.
  const pay = await farthing.wrapFetch((input, init) => fetch(input, init), {
    wallet: farthing.localWallet(PAYER.privateKey),
    store: wrapped,
    policy: policyFor(origin, budget),
    timeoutMs: 60_000,
  })
  const outcomes = {}
  const count = (outcome) => (outcomes[outcome] = (outcomes[outcome] ?? 0) + 1)
  await Promise.all(ids.map(async (id) => count(await outcomeOf(farthing, pay, origin, id))))
  return { outcomes, ...seen }
}

/** Buys one id: the state of its record, or the code of what went wrong. */
export async function outcomeOf(farthing, pay, origin, purchaseId) {
  try {
    const response = await pay(goodsAt(origin, purchaseId), { purchaseId })
    await response.text()
    return pay.recordOf(response)?.state ?? `status ${response.status}`
  } catch (thrown) {
    if (!(thrown instanceof farthing.PaymentError)) throw thrown
    // An injected failure is named by its code alone; any other says what it was.
    const { code, cause } = thrown
    return cause === undefined || /: injected /.test(String(cause)) ? code : `${code}: ${cause}`
  }
}

/**
 * `payers` calls for `teams` processes, a fifth of them with ids that every process uses: deliberate duplicates.
 * Answers one list of ids for each process.
 */
export function callsFor(payers, teams) {
  const each = payers / teams
  const idOf = (team, number) => (number % 5 === 0 ? `shared-${number}` : `team${team}-${number}`)
  return Array.from({ length: teams }, (_, team) => Array.from({ length: each }, (_, number) => idOf(team, number)))
}
