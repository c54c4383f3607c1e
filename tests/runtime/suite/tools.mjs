// What the tests of the suite share: a buyer, a fetch that notes what leaves, and three ways to insist.

/** A buyer of `env.sellers` with room for every test. `options` replace those of wrapFetch, `inner` the network. */
export async function buyer(farthing, env, options = {}, inner = globalThis.fetch) {
  const wire = recorder(inner)
  const defaults = { wallet: farthing.localWallet(env.payer.privateKey), policy: policyFor(env), cores: env.cores }
  return { wire, pay: await farthing.wrapFetch(wire, { ...defaults, ...options }) }
}

/** Ten cents a request, five dollars a day, exactly the sellers of env. */
export function policyFor(env, changes = {}) {
  const budgets = [{ limit: '5 USD', every: 'day' }]
  return { perRequest: '0.10 USD', budgets, sellers: Object.values(env.sellers), ...changes }
}

/** A fetch that notes every request before the network sees it. */
export function recorder(inner) {
  const sent = []
  const noting = async (input, init = {}) => {
    const headers = new Headers(init.headers)
    const payment = headers.get('payment-signature') ?? headers.get('x-payment') ?? undefined
    sent.push({ url: String(input), method: init.method ?? 'GET', headers, body: init.body, payment, init })
    return inner(input, init)
  }
  /** Payment headers that left, in order. */
  const payments = () => sent.flatMap(({ payment }) => (payment === undefined ? [] : [payment]))
  return Object.assign(noting, { sent, payments })
}

/** Bytes of a body, in whatever form it was handed to fetch. */
export const bytesOf = async (body) => [...new Uint8Array(await new Response(body).arrayBuffer())]

export function equal(actual, expected, what) {
  if (!Object.is(actual, expected)) throw new Error(`${what}: ${shown(actual)} instead of ${shown(expected)}`)
}

/** Compares plain data. */
export function same(actual, expected, what) {
  equal(JSON.stringify(actual), JSON.stringify(expected), what)
}

/** Waits for a failure with this code and returns it. */
export async function failure(farthing, promise, code) {
  let answer
  try {
    answer = await promise
  } catch (thrown) {
    if (!(thrown instanceof farthing.PaymentError)) throw new Error(`not a PaymentError: ${thrown}`, { cause: thrown })
    equal(thrown.code, code, `code of "${thrown.message}"`)
    return thrown
  }
  throw new Error(`no failure, expected ${code}: got ${answer?.status ?? shown(answer)}`)
}

/** Balance of an account in the token of env. */
export async function balanceOf(env, account) {
  const data = `0x70a08231${account.slice(2).toLowerCase().padStart(64, '0')}`
  return BigInt(await rpc(env, 'eth_call', [{ to: env.asset, data }, 'latest']))
}

export async function rpc(env, method, params = []) {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const answer = await fetch(env.rpcUrl, { ...init, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })
  const { result, error } = await answer.json()
  if (error) throw Object.assign(new Error(error.message), { code: error.code })
  return result
}

/** An EIP-1193 wallet whose keys are the chain's own. `change` replaces methods; each gets params and the original. */
export function chainWallet(env, change = {}) {
  const asked = []
  const original = async ({ method, params = [] }) =>
    method === 'eth_requestAccounts' || method === 'eth_accounts' ? [env.payer.address] : rpc(env, method, params)
  const request = async (question) => {
    asked.push(question.method)
    const other = change[question.method]
    return other ? other(question.params, () => original(question)) : original(question)
  }
  return { request, asked, prompts: () => asked.filter((method) => method === 'eth_signTypedData_v4').length }
}

/** One way to pay, in x402 v2. */
export const offer = (env, amount) => ({
  scheme: 'exact',
  network: env.network,
  amount,
  asset: env.asset,
  payTo: env.payTo,
  maxTimeoutSeconds: 120,
  extra: { name: 'USDC', version: '2' },
})

/** A shop that exists in this process only, for what no real seller does. `answer` replaces its paid answer. */
export const SHOP = 'https://shop.example'
export function shop(env, { amount = '10000', answer, unpaid } = {}) {
  const accepts = [offer(env, amount)]
  return async (input, init = {}) => {
    const url = String(input)
    const headers = new Headers(init.headers)
    if (!headers.has('payment-signature')) {
      const challenge = { x402Version: 2, error: 'Payment required', resource: { url }, accepts }
      return (
        unpaid?.(url, init) ?? new Response('{}', { status: 402, headers: { 'payment-required': encode(challenge) } })
      )
    }
    const settlement = {
      success: true,
      transaction: `0x${'11'.repeat(32)}`,
      network: env.network,
      payer: env.payer.address,
    }
    return answer?.(url, init) ?? new Response('goods', { headers: { 'payment-response': encode(settlement) } })
  }
}

/** A header value of x402: base64 of JSON. */
export const encode = (value) => btoa(JSON.stringify(value))
export const decode = (text) => JSON.parse(atob(text))

function shown(value) {
  return typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? String(value))
}
