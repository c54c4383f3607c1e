// Wallets outside of farthing: what they return is held against our own digest before anything is sent.
// The signatures are real: the chain's node signs for its test accounts.
import { buyer, chainWallet, equal, failure, policyFor, same } from './tools.mjs'

export const wallets = (farthing, env) => {
  const url = `${env.sellers.v2}/paid`
  const oneCent = policyFor(env, { budgets: [{ limit: '0.01 USD', every: 'day' }] })
  const using = (change, options = {}) => {
    const provider = chainWallet(env, change)
    const wallet = farthing.injectedWallet(provider, options)
    return buyer(farthing, env, { wallet, policy: oneCent }).then((made) => ({ ...made, provider }))
  }
  /** Nothing left, and the next purchase has the whole budget. */
  async function givenBack({ pay, wire, heal }) {
    equal(wire.payments().length, 0, 'payments sent')
    heal()
    equal(pay.recordOf(await pay(`${url}?again`)).state, 'settled', 'state of the next purchase')
  }

  return {
    async 'an injected wallet pays all four kinds of seller'() {
      const { wire, provider, pay } = await using({}).then(async ({ provider }) => ({
        provider,
        ...(await buyer(farthing, env, { wallet: farthing.injectedWallet(provider) })),
      }))
      for (const seller of Object.values(env.sellers)) {
        const answer = await pay(`${seller}/paid`)
        equal(pay.recordOf(answer).state, 'settled', 'state')
        equal(pay.recordOf(answer).attempt.payer, env.payer.address, 'payer')
      }
      equal(provider.prompts(), Object.keys(env.sellers).length, 'times the person was asked')
      equal(wire.payments().length, provider.prompts(), 'payments sent')
    },

    async 'without a wallet in this place, injectedWallet says so at once'() {
      for (const nobody of [globalThis.window?.ethereum, null, {}]) {
        const error = await failure(farthing, (async () => farthing.injectedWallet(nobody))(), 'misuse/options')
        equal(error.facts.includes('EIP-1193'), true, `facts: ${error.facts}`)
      }
      same(await farthing.discoverWallets({ waitMs: 1 }), [], 'wallets that announce themselves')
    },

    async 'the person says no: sign/rejected, and the budget is given back'() {
      let says = 'no'
      const ask = (_, sign) => {
        if (says === 'yes') return sign()
        throw Object.assign(new Error('User rejected the request.'), { code: 4001 })
      }
      const { pay, wire } = await using({ eth_signTypedData_v4: ask })
      const error = await failure(farthing, pay(url), 'sign/rejected')
      same([error.money, error.record.state], ['untouched', 'refused'], 'money and state')
      await givenBack({ pay, wire, heal: () => (says = 'yes') })
    },

    async 'the person refuses to connect: sign/rejected, and no record stands in the way'() {
      const refuse = () => {
        throw Object.assign(new Error('User rejected the request.'), { code: 4001 })
      }
      const { pay, provider } = await using({ eth_requestAccounts: refuse })
      const error = await failure(farthing, pay(url), 'sign/rejected')
      equal(error.money, 'untouched', 'money')
      equal(provider.prompts(), 0, 'times the person was asked to sign')
    },

    async 'a wallet that signs other terms: sign/signer, nothing is sent'() {
      for (const change of [
        (data) => (data.message.value = '10001'),
        (data) => (data.message.to = '0x90F79bf6EB2c4f870365E785982E1f101E93b906'),
        (data) => (data.message.validBefore = String(Number(data.message.validBefore) + 1)),
        (data) => (data.domain.verifyingContract = env.payTo),
        (data) => (data.domain.name = 'USD Coin'),
      ]) {
        let honest = false
        const swap = ([account, text], sign) => {
          if (honest) return sign()
          const data = JSON.parse(text)
          change(data)
          return chainWallet(env).request({ method: 'eth_signTypedData_v4', params: [account, JSON.stringify(data)] })
        }
        const { pay, wire } = await using({ eth_signTypedData_v4: swap })
        const error = await failure(farthing, pay(url), 'sign/signer')
        same([error.money, error.record.state], ['not-sent', 'dead'], 'money and state')
        await givenBack({ pay, wire, heal: () => (honest = true) })
      }
    },

    async 'a wallet that signs with another account: sign/signer, nothing is sent'() {
      let honest = false
      const other = ([, text], sign) =>
        honest
          ? sign()
          : chainWallet(env).request({ method: 'eth_signTypedData_v4', params: [env.other.address, text] })
      const { pay, wire } = await using({ eth_signTypedData_v4: other })
      await failure(farthing, pay(url), 'sign/signer')
      await givenBack({ pay, wire, heal: () => (honest = true) })
    },

    async 'an answer that is no signature: sign/format, nothing is sent'() {
      for (const answer of [undefined, null, '', '0x', `0x${'11'.repeat(63)}`, `0x${'11'.repeat(66)}`, {}, 'yes']) {
        let honest = false
        const { pay, wire } = await using({ eth_signTypedData_v4: (_, sign) => (honest ? sign() : answer) })
        const error = await failure(farthing, pay(url), 'sign/format')
        equal(error.money, 'not-sent', 'money')
        await givenBack({ pay, wire, heal: () => (honest = true) })
      }
    },

    async 'the account is switched between connecting and signing: sign/account, not asked to sign'() {
      let accounts = [env.other.address]
      const { pay, wire, provider } = await using({ eth_accounts: () => accounts })
      const error = await failure(farthing, pay(url), 'sign/account')
      equal(error.money, 'untouched', 'money')
      equal(provider.prompts(), 0, 'times the person was asked to sign')
      await givenBack({ pay, wire, heal: () => (accounts = [env.payer.address]) })
    },

    async 'the account that should pay is not in the wallet: sign/account'() {
      const { pay, provider } = await using({}, { account: env.other.address })
      await failure(farthing, pay(url), 'sign/account')
      equal(provider.prompts(), 0, 'times the person was asked to sign')
    },

    async 'the wallet is on another chain: sign/chain, not asked to sign or to switch'() {
      let chain = '0x1'
      const { pay, wire, provider } = await using({ eth_chainId: () => chain })
      await failure(farthing, pay(url), 'sign/chain')
      same(
        [...new Set(provider.asked)].sort(),
        ['eth_accounts', 'eth_chainId', 'eth_requestAccounts'],
        'what it was asked',
      )
      await givenBack({ pay, wire, heal: () => (chain = '0x14a34') })
    },

    async 'a wallet that fails after it was asked: unknown, and the budget stays held'() {
      const fail = () => {
        throw Object.assign(new Error('popup closed'), { code: -32603 })
      }
      const { pay, wire } = await using({ eth_signTypedData_v4: fail })
      const error = await failure(farthing, pay(url), 'sign/wallet-failed')
      same([error.money, error.record.state], ['unknown', 'unknown'], 'money and state')
      equal(error.cause.message, 'popup closed', 'cause')
      equal(wire.payments().length, 0, 'payments sent')
      await failure(farthing, pay(`${url}?next`), 'budget/exceeded')
    },

    async 'a wallet that never answers is given up after walletTimeoutMs'() {
      // The other answers come at once: only the signature may be what is waited for, however slow the machine is.
      const answers = { eth_chainId: () => '0x14a34', eth_signTypedData_v4: () => new Promise(() => {}) }
      const provider = chainWallet(env, answers)
      const { pay } = await buyer(farthing, env, { wallet: farthing.injectedWallet(provider), walletTimeoutMs: 1000 })
      const error = await failure(farthing, pay(url), 'sign/wallet-failed')
      equal(error.money, 'unknown', 'money')
      equal(provider.prompts(), 1, 'times the person was asked to sign')
    },

    async 'the typed data that the wallet sees names the price, the recipient and the real contract'() {
      let seen
      const { pay } = await using({ eth_signTypedData_v4: ([, text], sign) => ((seen = JSON.parse(text)), sign()) })
      await pay(url)
      const { name, version, chainId, verifyingContract } = seen.domain
      same([name, version, `eip155:${chainId}`, verifyingContract], ['USDC', '2', env.network, env.asset], 'domain')
      const { from, to, value } = seen.message
      same([from, to, value].map(String), [env.payer.address, env.payTo, '10000'], 'message')
    },
  }
}
