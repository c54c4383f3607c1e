// Starting WebAssembly and reading options: what happens before the first request.
import { buyer, equal, failure, policyFor, rpc } from './tools.mjs'

export const starting = (farthing, env) => ({
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
