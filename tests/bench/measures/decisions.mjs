// What the policy's answer takes, and what it adds to a purchase, with one rule and with about a hundred.
import { compare } from '../compare.mjs'
import { farthingEntry } from '../places.mjs'
import { challengeHeader, url } from '../sides/offer.mjs'
import { paying } from '../sides/payers.mjs'
import { countRules, hundredRules, oneRule, purpose } from '../sides/rules.mjs'

/** Three groups of rows: `explain`, `quote`, and the whole purchase. */
export async function decisions() {
  const farthing = await import(farthingEntry)
  const payers = await Promise.all(
    [oneRule, hundredRules].map(async (policy) => {
      const count = countRules(policy)
      const name = count === 1 ? '1 rule' : `${count} rules, ${policy.budgets.length} of them budgets`
      return { name, pay: await paying(farthing, { policy }) }
    }),
  )
  const group = (act) =>
    compare(
      payers.map(({ name, pay }) => ({ name, times: 8, run: () => act(pay) })),
      { rounds: 40, warmUp: 15 },
    )
  return {
    explain: await group(async (pay) => mustBeAllowed(await pay.explain(url, challengeHeader, purpose))),
    quote: await group(async (pay) => mustBeAllowed((await pay.quote(url, purpose)).decision)),
    purchase: await group(async (pay) => void (await (await pay(url, purpose)).text())),
  }
}

function mustBeAllowed({ outcome, explanation }) {
  if (outcome !== 'allow') throw new Error(`cannot measure a decision: ${explanation}`)
}
