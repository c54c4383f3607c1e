import type { BudgetUse, Hold } from '../generated/wire.js'
import { guarded } from '../instance.js'
import { within } from '../limits.js'
import { type Context, now } from './context.js'
import type { Purpose } from './request.js'
import { offsetsOf } from './zones.js'

/** What is left of every budget that can be named without terms; those per seller only when one is given. */
export async function remaining(
  context: Context,
  { task, agent = context.labels.agent, session = context.labels.session, category }: Purpose,
  seller?: string | URL,
): Promise<BudgetUse[]> {
  const purpose = JSON.stringify({ task, agent, session, category })
  const url = seller === undefined ? undefined : new URL(seller).href
  const holds = guarded(() => {
    const payer = context.payer()
    return JSON.parse(payer.budgets(purpose, url, offsetsOf(payer.zones, new Date()), now())) as Hold[]
  })
  const { used } = await within(context.store.read({ notes: [], holds }), context.timeoutMs)
  return holds.map(({ key, limit, shown }, index) => {
    const counted = used[index] ?? limit
    const left = BigInt(limit) - BigInt(counted)
    return { key, limit, used: counted, remaining: String(left > 0n ? left : 0n), shown: shown ?? limit }
  })
}
