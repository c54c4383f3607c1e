// Part of the 4Mica stand-in: core's view of a real chain. In: a Chain, our contracts, the ledger and the book to keep
// true. Out: `sync`, which reads the events since the last time, and `commit` of a netted cycle. It reads on demand,
// before core answers, so that nothing polls; blocks are final at once, as on anvil.
import { parseEventLogs } from 'viem'
import { chainTime, send } from '../../contracts/deploy.mjs'

/**
 * @param {{
 *   chain: import('../../chain.mjs').Chain, contracts: import('../../contracts/deploy.mjs').Contracts,
 *   ledger: import('../ledger.mjs').Ledger, book: import('./book.mjs').Book,
 *   submissionSeconds: number, finalitySeconds: number
 * }} options
 */
export function chainLink({ chain, contracts, ledger, book, submissionSeconds, finalitySeconds }) {
  const { core4mica, clearingHouse } = contracts
  const abi = [...core4mica.abi, ...clearingHouse.abi]
  const apply = {
    CollateralDeposited: ({ user, asset, amount }) => ledger.deposit(user, asset, amount),
    CollateralWithdrawn: ({ user, asset, amount }) => ledger.withdraw(user, asset, amount),
    WithdrawalRequested: ({ user, asset, amount }) => ledger.leave(user, asset, amount),
    WithdrawalCanceled: ({ user, asset }) => ledger.leave(user, asset, 0n),
    DebtorPaid: ({ cycleId, debtor }) => book.settled(cycleId, debtor, 'PAID'),
    CreditorClaimed: ({ cycleId, creditor }) => book.settled(cycleId, creditor, 'CLAIMED'),
    DebtorDefaulted: ({ cycleId, debtor }) => book.settled(cycleId, debtor, 'DEFAULTED'),
  }
  let next = 0n
  let queue = Promise.resolve()

  const readEvents = async () => {
    const head = await chain.publicClient.getBlockNumber({ cacheTime: 0 })
    if (head < next) return
    const address = [core4mica.address, clearingHouse.address]
    const logs = await chain.publicClient.getLogs({ address, fromBlock: next, toBlock: head })
    for (const { eventName, args } of parseEventLogs({ abi, logs })) apply[eventName]?.(args)
    next = head + 1n
  }

  return {
    /** Resolves when everything that was on the chain at the time of the call is in the ledger and the book. */
    sync() {
      const synced = queue.then(readEvents)
      queue = synced.catch(() => undefined)
      return synced
    },
    /** Account 0, the operator, commits; the deadlines count from the chain's clock. */
    async commit(cycle, { merkleRoot, totalNetDebit, totalNetCredit }) {
      const submission = BigInt((await chainTime(chain)) + submissionSeconds)
      const finality = submission + BigInt(finalitySeconds)
      const args = [cycle.id, cycle.asset, merkleRoot, totalNetDebit, totalNetCredit, submission, finality]
      const { transactionHash } = await send(chain, 0, clearingHouse, 'commitCycle', args)
      return { paymentSubmissionDeadline: Number(submission), paymentFinalityDeadline: Number(finality), commitTx: transactionHash }
    },
  }
}
