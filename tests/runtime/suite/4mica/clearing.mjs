// Guarantees without a network, in every runtime: the sandbox is core, facilitator and sellers. What is paid, what each
// fault leaves behind, and who owes what in the end.
import { COLLATERAL, inSandbox, policy, PRICES, rowOf } from './sandboxed.mjs'
import { equal, failure, same } from '../tools.mjs'

const [PRICE] = PRICES
const AGAIN = 'settlement/demanded-again'

// Units locked, and what the purchase ends as: its state when it is settled, or the problem. Presenting it once more
// (`resumed`) tells the generations apart: core 4 answers an identical payment as the first time, core 2 refuses it,
// which proves nothing.
const faults = {
  'settle-then-timeout': { locked: PRICE, ended: 'settlement/lost', resumed: { cycle: AGAIN, house: 'settled' } },
  'demand-again': { locked: PRICE, ended: AGAIN, resumed: { cycle: AGAIN, house: 'settled' } },
  'error-after-issue': { locked: PRICE, ended: AGAIN, resumed: { cycle: AGAIN, house: 'settled' } },
  redirect: { locked: 0n, ended: 'settlement/redirected', resumed: { cycle: 'settled', house: 'settled' } },
  conflict: { locked: PRICE, ended: 'settled', resumed: { cycle: 'purchase/already-settled', house: 'settled' } },
  slow: { locked: PRICE, ended: 'settled', resumed: { cycle: 'purchase/already-settled', house: 'settled' } },
  'lying-receipt-amount': { locked: PRICE, ended: 'certificate/claims', resumed: { cycle: AGAIN, house: 'settled' } },
  'lying-receipt-signature': {
    locked: PRICE,
    ended: { cycle: 'certificate/signature-encoding', house: 'certificate/signature-mismatch' },
    resumed: { cycle: AGAIN, house: 'settled' },
  },
  // A payer of generation 2 signs no cycle: core may charge it in any.
  'lying-receipt-cycle': {
    locked: PRICE,
    ended: { cycle: 'settled', house: 'certificate/claims' },
    resumed: { cycle: 'purchase/already-settled', house: 'settled' },
  },
}

export const clearing = (farthing, env, parts) => {
  const given = { farthing, env, parts }
  const tests = {}
  for (const [short, generation] of Object.entries({ cycle: 'cycle', house: 'clearing-house' })) {
    tests[`${generation}: one collateral pays two sellers, and clearing moves every unit to where it belongs`] = () =>
      inSandbox(given, { generation }, ({ sandbox, pay, urls, locked }) => booked({ env, sandbox, pay, urls, locked }))
    for (const [fault, { locked: units, ended, resumed }] of Object.entries(faults)) {
      tests[`${generation}: ${fault} ends as documented, and the same payment may be presented again`] = () =>
        inSandbox(given, { generation }, async ({ sandbox, wire, pay, urls, locked }) => {
          sandbox.inject(fault)
          const buy = () => pay(urls[0], { purchaseId: 'p' })
          equal(await endOf(farthing, pay, buy()), ended[short] ?? ended, 'end')
          equal(locked(), units, 'units locked')
          equal(await endOf(farthing, pay, pay.resume('p')), resumed[short], 'end of the second presentation')
          equal(locked(), PRICE, 'units locked in the end')
          equal(new Set(wire.payments()).size, 1, 'authorisations')
          equal((await pay(urls[1])).status, 200, 'status of the next purchase')
        })
    }
  }

  tests['two sandboxes are two worlds'] = () =>
    inSandbox(given, {}, (one) =>
      inSandbox(given, {}, async (other) => {
        const made = await Promise.all([one, other].map(({ pay, urls }) => pay(urls[0])))
        same(made.map(({ status }) => status), [200, 200], 'statuses')
        equal(one.sandbox.cores[0].operatorKey === other.sandbox.cores[0].operatorKey, false, 'they share a key')
        same([one, other].map(({ locked }) => String(locked())), [String(PRICE), String(PRICE)], 'units locked')
        // By the key of the one again, after that of the other.
        equal((await one.pay(one.urls[1])).status, 200, 'status of the next purchase')
      }),
    )

  tests['payments that are stopped are not presented once more'] = () =>
    inSandbox(given, {}, async ({ sandbox, wire, place, wallet, urls }) => {
      sandbox.inject('conflict')
      const { cores, assets } = place
      const stopping = async (input, init) => {
        const answer = await wire(input, init)
        if (wire.payments().length > 0) await pay.stop()
        return answer
      }
      const pay = await farthing.wrapFetch(stopping, { wallet, policy, cores, assets })
      const { record } = await failure(farthing, pay(urls[0]), 'request/aborted-late')
      same([record.state, wire.payments().length], ['unknown', 1], 'state and presentations')
    })

  tests['a sandbox that was stopped answers nobody, and none is made for a production network'] = async () => {
    const { createSandbox } = await parts.sandbox()
    const refused = await failure(farthing, createSandbox({ network: 'eip155:8453' }), 'misuse/options')
    equal(refused.facts.includes('eip155:8453'), true, `the network is named: ${refused.facts}`)
    const sandbox = await createSandbox()
    sandbox.stop()
    await failure(farthing, sandbox.fetch('https://core.sandbox.test/core/health'), 'misuse/options')
  }
  return tests
}

async function booked({ env, sandbox, pay, urls, locked }) {
  const paid = PRICES[0] + PRICES[1]
  for (const url of urls) {
    const answer = await pay(url)
    same([answer.status, (await answer.json()).paid], [200, true], 'answer')
    const { state, evidence } = pay.recordOf(answer)
    equal(state, 'settled', `state (${evidence.problem})`)
    equal(/^0x[0-9a-f]{64}$/.test(evidence.certificate), true, 'the hash of a certificate is kept')
  }
  equal(locked(), paid, 'units locked')
  const [{ cycle, positions }] = sandbox.closeCycle()
  equal(positions.find(({ participant }) => participant === env.payer.address).netDebit, String(paid), 'net debit')
  sandbox.mint(env.payer.address, paid)
  sandbox.payNetDebit(cycle, env.payer.address)
  for (const { payTo } of sandbox.sellers) sandbox.claimNetCredit(cycle, payTo)
  const { wallet, collateral } = rowOf(sandbox, env.payer.address)
  same([wallet, collateral, locked()].map(String), ['0', String(COLLATERAL), '0'], 'what the payer has')
  for (const { payTo, price } of sandbox.sellers) equal(rowOf(sandbox, payTo).wallet, price, 'what a seller has')
  same(sandbox.balances().clearingHouse.map(({ amount }) => amount), ['0'], 'what is left over')
}

/** `settled`, or the code of what stands in the way of saying so. */
async function endOf(farthing, pay, buying) {
  try {
    const { state, evidence } = pay.recordOf(await buying)
    equal(state, evidence.problem === undefined ? 'settled' : 'unknown', `state (${evidence.problem})`)
    return evidence.problem ?? state
  } catch (thrown) {
    if (!(thrown instanceof farthing.PaymentError)) throw thrown
    const { code, money, record } = thrown
    equal(money, code === 'purchase/already-settled' ? 'moved' : 'unknown', `money of ${code}`)
    if (money === 'unknown') equal(record.state, 'unknown', `state after ${code}`)
    return code
  }
}
