import type { Simulated } from '../generated/owner.js'
import type { PaymentRecord } from '../generated/wire.js'
import type { PinnedAsset, Policy } from '../policy.js'
import { offsetsOf } from '../purchase/zones.js'
import { using } from '../instance.js'
import { ask, loadOwner, optionsOf } from './load.js'
import { type Records, textsOf } from './records.js'

/**
 * Tries a policy on past purchases, in the order of their time: what it would have allowed, asked about and denied, which
 * budgets would have had no room, and what it would have cost. Nothing is written or paid.
 *
 * A purchase that the past refused counts as paid when the policy would not refuse it, and so does one it would have asked
 * about: that is the most it could have cost.
 *
 * Errors: {@link PaymentError} `misuse/policy`, naming the field.
 */
export async function simulate(
  policy: Policy,
  records: Records,
  { assets }: { assets?: readonly PinnedAsset[] | undefined } = {},
): Promise<Simulated> {
  const owner = await loadOwner()
  // The past was kept somewhere, so rules about stores that forget do not apply.
  const simulation = ask(() => new owner.Simulation(optionsOf({ policy, assets, store: 'durable' })))
  return using(simulation, async () => {
    const { zones } = simulation
    for await (const text of textsOf(records)) {
      const began = zones ? beganAt(text) : new Date(0)
      ask(() => simulation.add(text, offsetsOf(zones, began)))
    }
    return JSON.parse(ask(() => simulation.run())) as Simulated
  })
}

// Only to ask the platform for the offset of that moment; the core reads the record itself, and counts it as skipped when
// it is none.
function beganAt(text: string): Date {
  try {
    const { history } = JSON.parse(text) as Partial<PaymentRecord>
    const seconds = history?.[0]?.at
    return new Date(Number.isSafeInteger(seconds) ? Number(seconds) * 1000 : 0)
  } catch {
    return new Date(0)
  }
}
