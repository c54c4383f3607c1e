// Real wallets of the libraries people use, each signing all three kinds of typed data that farthing asks for: an
// EIP-3009 transfer, a 4Mica guarantee, and one with a validation policy. The sellers check every signature.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { accounts, payer, payTo, PRICE, startPeers } from '../runtime/peers.mjs'
import { startSeller4mica } from '../peers/fourmica/seller.mjs'
import { validation } from '../peers/fourmica/validation.mjs'
import { requireTool } from '../runtime/harness/installed.mjs'
import { buyer, failure, farthing, paymentsIn, project } from './support.mjs'

const { createWalletClient, custom, http } = requireTool('viem')
const { privateKeyToAccount } = requireTool('viem/accounts')
const { baseSepolia, mainnet } = requireTool('viem/chains')
const { BrowserProvider, JsonRpcProvider, Wallet } = requireTool('ethers')

let peers, guarded
const open = []
before(async () => {
  peers = await startPeers()
  guarded = await startSeller4mica({ facilitatorUrl: peers.facilitator4mica.url, payTo, amount: PRICE, validation })
  peers.env.sellers.guarded = guarded.url
})
after(async () => {
  for (const provider of open) provider.destroy()
  await guarded?.stop()
  await peers?.stop()
})

/** anvil holds the keys of its accounts, as a wallet does; it only lacks the question for the account. */
const provider = (change = {}) => ({
  async request({ method, params }) {
    if (change[method]) return change[method](params)
    if (method === 'eth_requestAccounts' || method === 'eth_accounts') return [payer.address]
    return peers.chain.rpc(method, params)
  },
})
const ethersProvider = (made) => (open.push(made), made)

const wallets = {
  'localWallet of a key': () => farthing.localWallet(payer.privateKey),
  'a viem account': () => privateKeyToAccount(payer.privateKey),
  'a viem wallet client with a local account': () =>
    createWalletClient({
      account: privateKeyToAccount(payer.privateKey),
      chain: baseSepolia,
      transport: http(peers.chain.rpcUrl),
    }),
  'a viem wallet client whose account is at the node': () =>
    createWalletClient({ account: payer.address, chain: baseSepolia, transport: http(peers.chain.rpcUrl) }),
  'a viem wallet client over an injected provider': () =>
    createWalletClient({ account: payer.address, chain: baseSepolia, transport: custom(provider()) }),
  'an ethers v6 Wallet': () => new Wallet(payer.privateKey),
  'an ethers v6 signer of the node': () =>
    ethersProvider(new JsonRpcProvider(peers.chain.rpcUrl)).getSigner(payer.address),
  'an ethers v6 signer over an injected provider': () =>
    ethersProvider(new BrowserProvider(provider())).getSigner(payer.address),
  'injectedWallet over an EIP-1193 provider': () => farthing.injectedWallet(provider()),
}

for (const [name, make] of Object.entries(wallets)) {
  test(`${name} pays an official seller, a 4Mica seller and one with validation`, async () => {
    const pay = await buyer(peers.env, { wallet: await make() })
    const before = await peers.chain.balanceOf(payer.address)
    for (const [seller, kind] of [
      ['v2', 'eip3009'],
      ['v1', 'eip3009'],
      ['credit', 'cycle'],
      ['guarded', 'cycle'],
    ]) {
      const answer = await pay(`${peers.env.sellers[seller]}/paid`)
      assert.equal(answer.status, 200)
      const record = pay.recordOf(answer)
      assert.deepEqual([record.state, record.attempt.kind, record.attempt.payer], ['settled', kind, payer.address])
    }
    assert.equal(before - (await peers.chain.balanceOf(payer.address)), 2n * PRICE)
  })
}

describe('wallets that must not pay', () => {
  const refusals = [
    [
      'a viem wallet client on another chain',
      'sign/chain',
      () =>
        createWalletClient({
          account: payer.address,
          chain: mainnet,
          transport: custom(provider({ eth_chainId: () => '0x1' })),
        }),
    ],
    [
      'a viem wallet client whose person says no',
      'sign/rejected',
      () =>
        createWalletClient({
          account: payer.address,
          chain: baseSepolia,
          transport: custom(provider({ eth_signTypedData_v4: rejected })),
        }),
    ],
    [
      'an ethers signer whose person says no',
      'sign/rejected',
      () => ethersProvider(new BrowserProvider(provider({ eth_signTypedData_v4: rejected }))).getSigner(payer.address),
    ],
    [
      'an injected wallet whose person says no',
      'sign/rejected',
      () => farthing.injectedWallet(provider({ eth_signTypedData_v4: rejected })),
    ],
    [
      'a viem wallet client without an account',
      undefined,
      () => createWalletClient({ chain: baseSepolia, transport: http(peers.chain.rpcUrl) }),
    ],
    [
      'an ethers signer that signs with another key',
      'sign/signer',
      () => {
        const other = new Wallet(accounts[4].privateKey)
        return { getAddress: async () => payer.address, signTypedData: (...said) => other.signTypedData(...said) }
      },
    ],
  ]
  for (const [name, code, make] of refusals) {
    test(`${name}: ${code ?? 'misuse/options'}, and nothing is sent`, async () => {
      if (!code) return void (await failure(buyer(peers.env, { wallet: await make() }), 'misuse/options'))
      for (const seller of ['v2', 'guarded']) {
        const logs = [peers.sellers.v2.requests, guarded.requests]
        const payments = () => logs.flatMap(paymentsIn).length
        const before = payments()
        const pay = await buyer(peers.env, { wallet: await make() })
        const error = await failure(pay(`${peers.env.sellers[seller]}/paid`), code)
        assert.notEqual(error.money, 'unknown')
        assert.equal(payments(), before)
      }
    })
  }
})

test('a program whose wallet prompt was aborted ends at once', async () => {
  const program = join(project, 'aborts.mjs')
  writeFileSync(
    program,
    `import { injectedWallet, wrapFetch } from 'farthing'
const controller = new AbortController()
const wallet = injectedWallet({
  async request({ method }) {
    if (method === 'eth_chainId') return '0x14a34'
    if (method !== 'eth_signTypedData_v4') return ['${payer.address}']
    setTimeout(() => controller.abort(), 10)
    return new Promise(() => {})
  },
})
const pay = await wrapFetch(fetch, { wallet, policy: { perRequest: '1 USD', sellers: ['${peers.sellers.v2.url}'] } })
await pay('${peers.sellers.v2.url}/paid', { signal: controller.signal }).catch(({ code }) => console.log(code))
`,
  )
  // The sellers live in this process, so it must not be blocked while the other one runs.
  const started = Date.now()
  const child = spawn(process.execPath, [program], { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] })
  const patience = setTimeout(() => child.kill(), 20_000)
  let output = ''
  child.stdout.on('data', (text) => (output += text))
  const code = await new Promise((resolve) => child.on('close', resolve))
  clearTimeout(patience)
  assert.equal(code, 0, `it was still running after ${Date.now() - started} ms`)
  assert.equal(output, 'sign/wallet-failed\n')
})

function rejected() {
  throw Object.assign(new Error('User rejected the request.'), { code: 4001 })
}
