// A throw-away EVM chain: anvil from npm on a loopback port, with a USDC-like EIP-3009 token
// at Base Sepolia's USDC address. In: port and chain id. Out: a Chain. Real consensus rules, no value.
// The accounts are anvil's published test keys; never use them anywhere else.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createPublicClient, createWalletClient, defineChain, getAddress, http } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { freePort } from './http.mjs'

/**
 * @typedef {{ address: `0x${string}`, privateKey: `0x${string}` }} TestAccount
 * @typedef {{
 *   rpcUrl: string, chainId: number, network: `eip155:${number}`,
 *   token: { address: `0x${string}`, name: 'USDC', version: '2', decimals: 6, abi: readonly unknown[] },
 *   accounts: TestAccount[],
 *   mint(address: string, amount: bigint): Promise<void>,
 *   balanceOf(address: string): Promise<bigint>,
 *   authorizationState(from: string, nonce: string): Promise<boolean>,
 *   rpc(method: string, params?: unknown[]): Promise<any>,
 *   publicClient: import('viem').PublicClient, walletClient(index?: number): import('viem').WalletClient,
 *   stop(): Promise<void>
 * }} Chain
 */

/** USDC on Base Sepolia, the default asset of both x402 generations for eip155:84532. */
export const USDC_BASE_SEPOLIA = '0x036CbD53842c5426634e7929541eC2318f3dCF7e'

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
const MNEMONIC = 'test test test test test test test test test test test junk'
const token = JSON.parse(readFileSync(new URL('./token/TestUsdc.json', import.meta.url), 'utf8'))

/** Anvil's ten well-known accounts: 0 pays gas for facilitators, 1 is the usual payer, 2 the usual payee. */
export const accounts = Array.from({ length: 10 }, (_, addressIndex) => {
  const account = mnemonicToAccount(MNEMONIC, { addressIndex })
  const key = account.getHdKey().privateKey
  return { address: account.address, privateKey: /** @type {const} */ (`0x${Buffer.from(key).toString('hex')}`) }
})

/**
 * Starts the chain and puts the token on it. Rejects when anvil is not installed, when `port` is taken,
 * or when it does not answer within 20 s.
 * @param {{ port?: number, chainId?: number }} [options]
 * @returns {Promise<Chain>}
 */
export async function startChain({ port, chainId = 84532 } = {}) {
  const chosen = port ?? (await freePort())
  const anvil = spawnAnvil(chosen, chainId)
  const rpcUrl = `http://127.0.0.1:${chosen}`
  const viemChain = defineChain({
    id: chainId,
    name: 'anvil',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  })
  // Polling at viem's default of 4 s would make every settlement take 4 s.
  const publicClient = createPublicClient({ chain: viemChain, transport: http(rpcUrl), pollingInterval: 50 })
  const walletClient = (index = 0) =>
    createWalletClient({
      account: mnemonicToAccount(MNEMONIC, { addressIndex: index }),
      chain: viemChain,
      transport: http(rpcUrl),
      pollingInterval: 50,
    })
  const address = USDC_BASE_SEPOLIA
  const rpc = (method, params = []) => publicClient.request({ method, params })
  const read = (functionName, args) => publicClient.readContract({ address, abi: token.abi, functionName, args })

  try {
    await answering(rpc, anvil)
    const actual = Number(await rpc('eth_chainId'))
    if (actual !== chainId) throw new Error(`cannot use port ${chosen}: another chain (id ${actual}) answers there`)
    await rpc('anvil_setCode', [address, token.runtimeBytecode])
  } catch (error) {
    await anvil.stop()
    throw error
  }

  return {
    rpcUrl,
    chainId,
    network: `eip155:${chainId}`,
    token: { address, name: 'USDC', version: '2', decimals: 6, abi: token.abi },
    accounts,
    publicClient,
    walletClient,
    rpc,
    async mint(to, amount) {
      const wallet = walletClient(9)
      const args = [getAddress(to), amount]
      const hash = await wallet.writeContract({ address, abi: token.abi, functionName: 'mint', args })
      await publicClient.waitForTransactionReceipt({ hash })
    },
    balanceOf: owner => read('balanceOf', [getAddress(owner)]),
    authorizationState: (from, nonce) => read('authorizationState', [getAddress(from), nonce]),
    stop: anvil.stop,
  }
}

/**
 * The native binary, without @foundry-rs/anvil around it: that wrapper is a second process, which can outlive a
 * kill, and it demands binaries of platforms that not every registry has (`npm ci` then refuses). Elsewhere than on
 * linux-x64 an anvil on PATH is used.
 */
function anvilBinary() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('@foundry-rs/anvil-linux-amd64/package.json')), 'bin', 'anvil')
  } catch {
    return 'anvil'
  }
}

function spawnAnvil(port, chainId) {
  const child = spawn(anvilBinary(), ['--host', '127.0.0.1', '--port', String(port), '--chain-id', String(chainId)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let complaint = ''
  let ended = false
  child.stderr.setEncoding('utf8').on('data', text => {
    complaint = (complaint + text).slice(-2000)
  })
  const exit = new Promise(resolve => {
    child.once('exit', () => resolve((ended = true)))
    child.once('error', error => {
      complaint = error.code === 'ENOENT' ? 'not installed, run `npm ci` in tests/peers or put anvil on PATH' : error.message
      resolve((ended = true))
    })
  })
  // A test that throws, or is told to end, must not leave a chain behind.
  const killNow = () => child.kill('SIGKILL')
  const killAndObey = signal => {
    forget()
    killNow()
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  }
  const forget = () => {
    process.removeListener('exit', killNow)
    for (const signal of SIGNALS) process.removeListener(signal, killAndObey)
  }
  process.once('exit', killNow)
  for (const signal of SIGNALS) process.once(signal, killAndObey)

  return {
    failure() {
      if (!ended) return undefined
      const reason = /address already in use|AddrInUse/i.test(complaint) ? `port ${port} is taken` : complaint.trim()
      return new Error(`cannot start anvil: ${reason || 'it ended at once'}`)
    },
    async stop() {
      forget()
      if (ended) return
      child.kill('SIGTERM')
      const patience = setTimeout(killNow, 2_000)
      await exit
      clearTimeout(patience)
    },
  }
}

async function answering(rpc, anvil) {
  const deadline = Date.now() + 20_000
  for (;;) {
    const failure = anvil.failure()
    if (failure) throw failure
    try {
      await rpc('eth_blockNumber')
      // A foreign server on our port also answers; anvil then ends by itself, a moment later.
      await new Promise(resolve => setTimeout(resolve, 100))
      if (!anvil.failure()) return
    } catch (cause) {
      if (Date.now() > deadline) throw new Error('cannot reach anvil: no answer within 20 s', { cause })
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}
