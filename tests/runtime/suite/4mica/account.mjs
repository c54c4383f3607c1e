// A 4Mica account in every runtime, at a core that is a sandbox: login, collateral, exposure, readiness, and what a
// page's own wallet is asked. What the contracts make of it is in tests/interop.
import { COLLATERAL, inSandbox, policy, PRICES } from './sandboxed.mjs'
import { chainWallet, equal, failure, same } from '../tools.mjs'

export const account = (farthing, env, parts) => {
  const given = { farthing, env, parts }
  const rejecting = (method) => ({
    [method]: () => {
      throw Object.assign(new Error('User rejected the request.'), { code: 4001 })
    },
  })
  const asksCore = (wire) => wire.sent.map(({ method, url }) => `${method} ${new URL(url).pathname}`)

  return {
    async 'options that make no sense are refused and named, before the wallet is asked'() {
      const { openAccount } = await parts.account()
      const provider = chainWallet(env)
      const wallet = farthing.injectedWallet(provider)
      for (const [field, wrong] of [
        ['wallet', { wallet: {} }],
        ['timeoutMs', { timeoutMs: 0 }],
        ['walletTimeoutMs', { walletTimeoutMs: Number.NaN }],
      ]) {
        const opening = openAccount({ wallet, network: env.network, ...wrong })
        equal((await failure(farthing, opening, 'misuse/options')).facts, field, 'the field that is named')
      }
      same(provider.asked, [], 'what the wallet was asked')
      await inSandbox(given, {}, async ({ account, pay, wire }) => {
        const asked = wire.sent.length
        for (const everySeconds of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
          const looking = account.watch(await pay.records(), { everySeconds }).next()
          equal((await failure(farthing, looking, 'misuse/options')).facts, 'everySeconds', 'the field that is named')
        }
        equal(wire.sent.length, asked, 'requests')
      })
    },

    async 'an account logs in once, sees what it signed, and lets go of the login'() {
      await inSandbox(given, {}, async ({ account, pay, urls, wire }) => {
        equal(await account.logout(), false, 'a login before the first one')
        const { expires } = await account.login()
        equal(expires > Date.now() / 1000, true, 'the login is good for a while')
        const { total, available } = await account.collateral()
        same([total, available], [String(COLLATERAL), String(COLLATERAL)], 'collateral')
        for (const url of urls) await pay(url)
        const signed = PRICES[0] + PRICES[1]
        const { assets, cycles, alarms, unread } = await account.exposure(await pay.records())
        same([alarms, unread], [[], 0], 'alarms and unread records')
        same(assets.map(({ locked, signed }) => [locked, signed]), [[String(signed), String(signed)]], 'assets')
        equal(cycles.length, 1, 'cycles')
        equal(asksCore(wire).filter((asked) => asked === 'POST /auth/verify').length, 1, 'logins')
        same([await account.logout(), await account.logout()], [true, false], 'logouts')
      })
    },

    async 'a closed cycle is a debit where its clearing house is pinned, and unproven where it is not'() {
      const { openAccount } = await parts.account()
      for (const [generation, pinned, state, amount] of [
        ['cycle', true, 'owes', String(PRICES[0])],
        ['cycle', false, 'unpinned', undefined],
        ['clearing-house', true, 'owes', String(PRICES[0])],
      ]) {
        await inSandbox(given, { generation }, async ({ sandbox, pay, urls, wallet, place }) => {
          const cores = place.cores.map(({ clearingHouse, ...core }) => (pinned ? { ...core, clearingHouse } : core))
          const account = await openAccount({ wallet, ...place, cores })
          await pay(urls[0])
          const records = await pay.records()
          const before = await account.exposure(records)
          equal(before.cycles[0].state === 'owes', false, 'a debit before the cycle is closed')
          const [{ cycle }] = sandbox.closeCycle()
          const { cycles, alarms } = await account.exposure(records)
          same(alarms, [], 'alarms')
          same(cycles.map((found) => [found.cycle, found.state, found.amount]), [[cycle, state, amount]], 'cycles')
        })
      }
    },

    async 'a caller who aborts does not wait for the account, which is told all the same that the payment is over'() {
      await inSandbox(given, { generation: 'clearing-house' }, async ({ account, place, urls, wallet, wire }) => {
        const controller = new AbortController()
        let answered, over
        const told = new Promise((resolve) => (over = resolve))
        const slow = new Promise((resolve) => (answered = resolve))
        const activeCycle = () => (controller.abort(), slow)
        const { cores, assets } = place
        const options = { wallet, policy, cores, assets, account: { ...account, activeCycle } }
        const pay = await farthing.wrapFetch(wire, options)
        await failure(farthing, pay(urls[0], { signal: controller.signal }), 'request/aborted')
        answered({ body: '{}', over })
        await told
        same([wire.payments().length, (await pay.records()).length], [0, 0], 'payments and records')
      })
    },

    async 'whatever an account throws in the end costs no paid answer'() {
      await inSandbox(given, { generation: 'clearing-house' }, async ({ account, place, urls, wallet, wire }) => {
        const over = () => {
          throw new Error('out of sorts')
        }
        const activeCycle = async (asset) => ({ ...(await account.activeCycle(asset)), over })
        const { cores, assets } = place
        const options = { wallet, policy, cores, assets, account: { ...account, activeCycle } }
        const pay = await farthing.wrapFetch(wire, options)
        equal(pay.recordOf(await pay(urls[0])).state, 'settled', 'state')
      })
    },

    async 'guarantees that no record knows of are an alarm'() {
      await inSandbox(given, {}, async ({ account, pay, urls }) => {
        await pay(urls[0])
        const { alarms } = await account.exposure([])
        same(
          alarms.map(({ kind, found, expected }) => [kind, found, expected]),
          [['locked-beyond-signed', String(PRICES[0]), '0']],
          'alarms',
        )
      })
    },

    async 'readiness says in words what is well and what to do'() {
      const { readiness } = await parts.account()
      await inSandbox(given, {}, async ({ wallet, place }) => {
        const poor = await readiness({ wallet: farthing.localWallet(env.other.privateKey), ...place, policy })
        const missing = poor.checks.filter(({ ok }) => !ok).map(({ check }) => check)
        same([poor.checks.length, missing], [6, ['collateral', 'gas', 'records']], 'checks')
        for (const { ok, says, fix } of poor.checks) {
          equal(fix === undefined, ok, `what to do about "${says}"`)
          for (const text of [says, fix ?? '']) equal(poor.words.includes(text), true, `the words say "${text}"`)
        }
        const store = { ...farthing.memoryStore(), durability: 'durable' }
        const rich = await readiness({ wallet, ...place, policy, store, rpc: node() })
        equal(rich.ready, true, rich.words)
      })
    },

    async 'a deposit without a node is calldata, exact and in order'() {
      await inSandbox(given, {}, async ({ account, sandbox }) => {
        const { transactions } = await account.deposit({ amount: 5n }, { via: 'calldata' })
        const [{ contract }] = sandbox.cores
        const [{ asset }] = sandbox.sellers
        same(transactions.map(({ transaction }) => transaction.to), [asset, contract], 'who is called')
        // approve(address,uint256) and depositStablecoin(address,uint256).
        const [approve, deposit] = ['0x095ea7b3', '0xa587f4f3']
        const data = [approve + word(contract) + word(5), deposit + word(asset) + word(5)]
        same(transactions.map(({ transaction }) => transaction.data), data, 'calldata')
        equal(transactions.every(({ words, hash }) => words.includes('0.000005 USDC') && !hash), true, 'words, no hash')
        await failure(farthing, account.deposit({ amount: 5n }), 'account/no-node')
      })
    },

    async 'a page’s wallet logs in by personal_sign, once, and is told why'() {
      const provider = chainWallet(env)
      const words = []
      const more = { wallet: farthing.injectedWallet(provider), confirm: (text) => void words.push(text) }
      await inSandbox(given, more, async ({ account }) => {
        equal((await account.collateral()).total, String(COLLATERAL), 'collateral')
        await account.collateral()
        same(
          provider.asked,
          ['eth_requestAccounts', 'eth_chainId', 'eth_accounts', 'personal_sign'],
          'what the wallet was asked',
        )
        equal(words.length, 1, 'times the person was told')
      })
    },

    async 'a login that the person rejects is sign/rejected, and nothing else is asked'() {
      const provider = chainWallet(env, rejecting('personal_sign'))
      await inSandbox(given, { wallet: farthing.injectedWallet(provider) }, async ({ account, wire }) => {
        await failure(farthing, account.collateral(), 'sign/rejected')
        equal(provider.asked.filter((method) => method === 'personal_sign').length, 1, 'times the wallet was asked')
        equal(asksCore(wire).includes('POST /auth/verify'), false, 'core is given a signature')
        equal(await account.logout(), false, 'a login to let go of')
      })
    },

    async 'a confirm that says no keeps the wallet from being asked'() {
      const provider = chainWallet(env)
      const more = { wallet: farthing.injectedWallet(provider), confirm: () => false }
      await inSandbox(given, more, async ({ account }) => {
        await failure(farthing, account.login(), 'sign/rejected')
        same(provider.asked, ['eth_requestAccounts'], 'what the wallet was asked')
      })
    },

    async 'a page’s wallet sends what calldata says, each told in words before'() {
      const sent = []
      const words = []
      const send = ([transaction]) => `0x${String(sent.push(transaction)).padStart(64, '0')}`
      const provider = chainWallet(env, { eth_sendTransaction: send })
      const more = { wallet: farthing.injectedWallet(provider), rpc: node(), confirm: (text) => void words.push(text) }
      await inSandbox(given, more, async ({ account }) => {
        const told = await account.deposit({ amount: 5n }, { via: 'calldata' })
        const { transactions } = await account.deposit({ amount: 5n })
        same(sent, told.transactions.map(({ transaction }) => transaction), 'what was sent')
        same(words, told.transactions.map((moved) => moved.words), 'what the person was told')
        same(transactions.map(({ hash }) => hash), [1, 2].map((n) => `0x${word(n)}`), 'hashes')
      })
    },

    async 'a transaction that the person rejects is sign/rejected, and the next one is not asked for'() {
      const provider = chainWallet(env, rejecting('eth_sendTransaction'))
      const more = { wallet: farthing.injectedWallet(provider), rpc: node() }
      await inSandbox(given, more, async ({ account }) => {
        await failure(farthing, account.deposit({ amount: 5n }), 'sign/rejected')
        equal(provider.asked.filter((method) => method === 'eth_sendTransaction').length, 1, 'times it was asked')
      })
    },

    async 'a client that is another account meanwhile sends nothing'() {
      const sent = []
      const client = {
        account: { address: env.payer.address },
        signTypedData: async () => '0x',
        sendTransaction: async (transaction) => `0x${String(sent.push(transaction)).padStart(64, '0')}`,
      }
      const more = { wallet: client, rpc: node() }
      await inSandbox(given, more, async ({ account }) => {
        client.account = { address: env.other.address }
        await failure(farthing, account.deposit({ amount: 5n }), 'sign/account')
        equal(sent.length, 0, 'transactions')
        client.account = { address: env.payer.address.toLowerCase() }
        equal((await account.deposit({ amount: 5n })).transactions.length, 2, 'transactions in the end')
      })
    },

    async 'a page’s wallet on another chain is asked neither to sign nor to send'() {
      const provider = chainWallet(env, { eth_chainId: () => '0x1' })
      const more = { wallet: farthing.injectedWallet(provider), rpc: node() }
      await inSandbox(given, more, async ({ account }) => {
        await failure(farthing, account.login(), 'sign/chain')
        await failure(farthing, account.deposit({ amount: 5n }), 'sign/chain')
        const asked = ['eth_accounts', 'eth_chainId', 'eth_requestAccounts']
        same([...new Set(provider.asked)].sort(), asked, 'what it was asked')
      })
    },
  }

  /** A node where all but the payer are contracts that agree, everybody has plenty, and everything is mined at once. */
  function node() {
    const ALLOWANCE = '0xdd62ed3e'
    const answers = {
      eth_chainId: () => `0x${BigInt(env.network.split(':')[1]).toString(16)}`,
      eth_getCode: ([address]) => (address.toLowerCase() === env.payer.address.toLowerCase() ? '0x' : '0x01'),
      eth_getBalance: () => '0xde0b6b3a7640000',
      eth_call: ([{ data }]) => `0x${word(data.startsWith(ALLOWANCE) ? 0 : 1_000_000)}`,
      eth_getTransactionReceipt: ([transactionHash]) => ({ transactionHash, status: '0x1', blockNumber: '0x1' }),
    }
    return { request: async ({ method, params }) => answers[method](params) }
  }
}

/** 32 bytes as the ABI writes a number or an address. */
const word = (value) => BigInt(value).toString(16).padStart(64, '0')
