// Puts our 4Mica contracts on a running chain. In: a Chain. Out: their addresses and ABIs, and `send`, which waits for
// the receipt. Account 0 deploys, is the clearing house's operator and pays for everything relayed; no roles beyond that.
import { readFileSync } from 'node:fs'
import { getAddress } from 'viem'

const artefact = name => JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), 'utf8'))
const core4micaArtefact = artefact('TestCore4Mica')
const clearingHouseArtefact = artefact('TestClearingHouse')

/**
 * @typedef {{ address: `0x${string}`, abi: readonly any[] }} Contract
 * @typedef {{ core4mica: Contract, clearingHouse: Contract }} Contracts
 */

/**
 * @param {import('../chain.mjs').Chain} chain
 * @param {{ gracePeriod?: number }} [options] seconds between a withdrawal's request and its end; hosted: about 22 days
 * @returns {Promise<Contracts>}
 */
export async function deployContracts(chain, { gracePeriod = 22 * 86_400 } = {}) {
  const wallet = chain.walletClient(0)
  const deploy = async ({ abi, creationBytecode: bytecode }, args) => {
    const hash = await wallet.deployContract({ abi, bytecode, args })
    const { contractAddress } = await chain.publicClient.waitForTransactionReceipt({ hash })
    if (!contractAddress) throw new Error('cannot deploy contract: the receipt names no address')
    return { address: getAddress(contractAddress), abi }
  }
  const core4mica = await deploy(core4micaArtefact, [[chain.token.address], BigInt(gracePeriod)])
  const clearingHouse = await deploy(clearingHouseArtefact, [wallet.account.address])
  return { core4mica, clearingHouse }
}

/** Transactions of one account go out one after the other: its nonces are read from the chain. */
const queues = new Map()

/**
 * Simulates, sends and waits. Rejects with viem's decoded revert when the simulation fails.
 * @param {import('../chain.mjs').Chain} chain @param {number} from index of the account
 * @param {Contract} contract @param {string} functionName @param {readonly unknown[]} args @param {bigint} [value] wei
 * @returns {Promise<import('viem').TransactionReceipt>}
 */
export function send(chain, from, { address, abi }, functionName, args, value) {
  const turn = async () => {
    const wallet = chain.walletClient(from)
    const call = { account: wallet.account, address, abi, functionName, args, value }
    const { request } = await chain.publicClient.simulateContract(call)
    const hash = await wallet.writeContract(request)
    const receipt = await chain.publicClient.waitForTransactionReceipt({ hash })
    if (receipt.status !== 'success') throw new Error(`cannot ${functionName}: reverted on chain in ${hash}`)
    return receipt
  }
  const key = `${chain.rpcUrl} ${from}`
  const sent = (queues.get(key) ?? Promise.resolve()).then(turn)
  queues.set(key, sent.catch(() => undefined))
  return sent
}

/** @param {import('../chain.mjs').Chain} chain @param {Contract} contract @param {string} functionName @param {readonly unknown[]} [args] */
export const read = (chain, { address, abi }, functionName, args = []) =>
  chain.publicClient.readContract({ address, abi, functionName, args })

/** Seconds of the next block, deadlines are held against it. @param {import('../chain.mjs').Chain} chain */
export const chainTime = async chain => Number((await chain.publicClient.getBlock({ blockTag: 'pending' })).timestamp)

/** Lets time pass on the chain and mines a block. @param {import('../chain.mjs').Chain} chain @param {number} seconds */
export async function skipTime(chain, seconds) {
  await chain.rpc('evm_increaseTime', [seconds])
  await chain.rpc('evm_mine')
}
