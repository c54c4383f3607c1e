// Starting WebAssembly and reading options: what happens before the first request.
import { buyer, equal, failure, policyFor, rpc } from './tools.mjs'

export const starting = (farthing, env) => ({
  async 'without WebAssembly the start fails and says so; once it is there, two starts at once are one'() {
    // Node's own fetch is partly WebAssembly: it starts first.
    await rpc(env, 'eth_chainId')
    const { WebAssembly } = globalThis
    delete globalThis.WebAssembly
    try {
      const error = await failure(farthing, buyer(farthing, env), 'misuse/start-up')
      equal(error.money, 'untouched', 'money')
      equal(error.message.includes('WebAssembly'), true, `the message says what is missing: ${error.message}`)
    } finally {
      globalThis.WebAssembly = WebAssembly
    }
    const counts = await counting(WebAssembly, () => Promise.all([buyer(farthing, env), buyer(farthing, env)]))
    equal(counts.compiled <= 1, true, `${counts.compiled} modules were compiled`)
    equal(counts.instances, 1, 'instances')
  },

  async 'two starts at once both work, and both pay'() {
    const both = await Promise.all([buyer(farthing, env), buyer(farthing, env)])
    const answers = await Promise.all(both.map(({ pay }) => pay(`${env.sellers.v2}/paid`)))
    for (const [at, answer] of answers.entries()) {
      equal(answer.status, 200, `status of payment ${at}`)
      equal(both[at].pay.recordOf(answer)?.state, 'settled', `state of payment ${at}`)
    }
    equal(both[0].wire.payments()[0] === both[1].wire.payments()[0], false, 'one authorisation for two purchases')
  },

  async 'an unknown policy field is refused and named'() {
    const policy = { ...policyFor(env), perRequets: '0.10 USD' }
    const error = await failure(farthing, buyer(farthing, env, { policy }), 'misuse/policy')
    equal(error.message.includes('perRequets'), true, `the message names the field: ${error.message}`)
    equal(error.money, 'untouched', 'money')
  },

  async 'a policy amount without a currency is refused and its field named'() {
    const policy = policyFor(env, { perRequest: '0.10' })
    const error = await failure(farthing, buyer(farthing, env, { policy }), 'misuse/policy')
    equal(error.message.includes('perRequest'), true, `the message names the field: ${error.message}`)
  },

  async 'options that make no sense are refused and named'() {
    for (const [field, options] of [
      ['wallet', { wallet: {} }],
      ['timeoutMs', { timeoutMs: -1 }],
      ['maxBodyBytes', { maxBodyBytes: Number.NaN }],
    ]) {
      const error = await failure(farthing, buyer(farthing, env, options), 'misuse/options')
      equal(error.facts, field, 'the field that is named')
    }
  },

  async 'the policy in force cannot be changed through the paying fetch'() {
    const policy = policyFor(env, { perRequest: '0.001 USD' })
    const { pay } = await buyer(farthing, env, { policy })
    policy.perRequest = '1 USD'
    try {
      pay.policy.json = '{}'
    } catch {}
    equal(JSON.parse(pay.policy.json).perRequest, '0.001 USD', 'perRequest in force')
    await failure(farthing, pay(`${env.sellers.v2}/paid`), 'policy/over-cap')
  },

  async 'one policy has one hash, however its fields are ordered'() {
    const policy = policyFor(env)
    const reversed = Object.fromEntries(Object.entries(policy).reverse())
    const [one, two] = await Promise.all([buyer(farthing, env, { policy }), buyer(farthing, env, { policy: reversed })])
    equal(one.pay.policy.hash, two.pay.policy.hash, 'hash of the same policy')
    const other = await buyer(farthing, env, { policy: policyFor(env, { perRequest: '0.11 USD' }) })
    equal(one.pay.policy.hash === other.pay.policy.hash, false, 'hash of another policy is the same')
  },

  async 'the chain that this suite pays on is the one it was told'() {
    equal(`eip155:${Number(await rpc(env, 'eth_chainId'))}`, env.network, 'network')
  },
})

/** How much was compiled and instantiated while `act` ran. */
async function counting(WebAssembly, act) {
  const counts = { compiled: 0, instances: 0 }
  const counted = (key) => ({
    apply: (call, self, given) => ((counts[key] += 1), Reflect.apply(call, WebAssembly, given)),
    construct: (made, given) => ((counts[key] += 1), Reflect.construct(made, given)),
  })
  const watched = Object.create(WebAssembly)
  for (const [name, key] of [
    ...['compile', 'compileStreaming', 'Module'].map((name) => [name, 'compiled']),
    ...['instantiate', 'instantiateStreaming', 'Instance'].map((name) => [name, 'instances']),
  ]) {
    // Not every runtime can stream.
    if (WebAssembly[name]) Object.defineProperty(watched, name, { value: new Proxy(WebAssembly[name], counted(key)) })
  }
  globalThis.WebAssembly = watched
  try {
    await act()
  } finally {
    globalThis.WebAssembly = WebAssembly
  }
  return counts
}
