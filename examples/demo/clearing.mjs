// The second half of the demo: one wallet, one collateral, five sellers it never met, one net debit. This is what a
// program writes; setting up the sellers, the core and the chain is run.mjs.

/** Deposits, buys once around from every seller, and settles what is left after netting. Tells each step to `say`. */
export async function payFive({ wrapFetch }, { openAccount, readiness }, options) {
  const { wallet, signer, network, cores, rpc, sellers, close, say } = options
  const place = { network, cores, rpc }
  const before = await readiness({ wallet, ...place })
  say('before', before.words)

  // The wallet is asked in words before every transaction.
  const account = await openAccount({ wallet, ...place, confirm: (words) => say('wallet', words) })
  await account.deposit({ amount: 1_000_000n })
  say('collateral', (await account.collateral()).words)

  const pay = await wrapFetch(fetch, {
    wallet: signer,
    policy: {
      perRequest: '0.10 USD',
      budgets: [{ limit: '1 USD', every: 'day' }],
      // On loopback; ordinary https hosts need no list.
      sellers: sellers.map(({ url }) => new URL(url).origin),
    },
    cores,
  })
  for (const { name, url } of sellers) {
    const response = await pay(url, { task: 'demo', reason: 'a seller never met before' })
    const { terms, evidence, state } = pay.recordOf(response)
    await response.text()
    say('paid', `${name}: ${terms.price}, ${state}, certificate ${evidence.certificate.slice(0, 10)}…`)
  }
  say('collateral', (await account.collateral()).words)

  // The operator closes the cycle; a day has passed, so to speak.
  await close()
  const records = await pay.records()
  const { cycles, alarms } = await account.exposure(records)
  for (const { cycle, words } of cycles) say('cycle', `${cycle}: ${words}`)
  say('alarms', alarms.length === 0 ? 'none: what is charged is what was signed' : JSON.stringify(alarms))
  for (const { cycle, state } of cycles) if (state === 'owes') await account.settle(cycle)
  // What is left is free again. Hosted contracts let it wait for weeks, the one here does not.
  await account.requestWithdrawal({ amount: 1_000_000n })
  await account.finalizeWithdrawal()
  return cycles
}
